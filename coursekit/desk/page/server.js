// Talks to coursekit/desk/server.py.

/** An answer that is not 2xx, or no answer at all; its message is a sentence. */
export class Refused extends Error {
  constructor(message, status = 0, state = null) {
    super(message);
    this.status = status;
    this.state = state;
  }
}

/**
 * Return what the server sends for a path below /api/.
 * @param {string} path
 * @returns {Promise<any>}
 */
export const get = (path) => request(path, {});

/**
 * Send a change, and return the server's answer.
 * @param {string} path
 * @param {object} wish
 * @returns {Promise<any>}
 */
export const post = (path, wish) =>
  request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wish),
  });

async function request(path, options) {
  let response;
  try {
    response = await fetch(`/api/${path}`, options);
  } catch {
    throw new Refused("The desk has stopped: start coursekit mark again, and open its new link.");
  }
  const answer = await response.json();
  if (!response.ok) throw new Refused(answer.error ?? "", response.status, answer);
  return answer;
}
