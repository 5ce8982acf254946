#!/usr/bin/env bash
# The part of bare_debian.sh that runs inside the bare system: run the plan and print the transcript.
set -uo pipefail
results=/root/results
: >"$results"

page() { cd "$2" || exit; echo; echo "=== $1, in $2"; }

result() {  # TEXT STATUS EXPECTED SECONDS
  local verdict=ok
  [ "$2" = "$3" ] || verdict="FAILED, expected $3"
  echo "--- exit status $2 after $4 s: $verdict"
  echo "$verdict  $1" >>"$results"
}

run() {  # LINE EXPECTED TEXT TYPED
  local start=$SECONDS status=0
  echo; echo "[line $1] \$ $3"
  [ "$3" = "$4" ] || echo "    typed: $4"
  eval "$4" </dev/null 2>&1 || status=$?
  result "$3" "$status" "$2" $((SECONDS - start))
}

serve() {  # LINE TEXT TYPED: wait until the server answers at its printed address, then stop it
  local start=$SECONDS log status=1 port
  log=$(mktemp)
  echo; echo "[line $1] \$ $2"
  setsid bash -c "$3" </dev/null >"$log" 2>&1 &
  local server=$!
  while [ $((SECONDS - start)) -lt 900 ] && kill -0 "$server" 2>/dev/null; do
    port=$(grep -oE 'http://127\.0\.0\.1:[0-9]+/' "$log" | head -1 | grep -oE ':[0-9]+' | tr -d :)
    if [ -n "$port" ] && answers "$port"; then status=0; break; fi
    sleep 0.5
  done
  # repeated: Jupyter loses a signal that arrives while it writes a log line
  while kill -TERM -- "-$server" 2>/dev/null; do sleep 1; done
  sed 's/^/    /; s/token=[[:alnum:]_-]*/token=…/' "$log"
  [ "$status" = 0 ] && echo "    The server answered on port $port and was stopped."
  result "$2" "$status" 0 $((SECONDS - start))
}

answers() {
  local line
  { exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET /lab HTTP/1.0\r\n\r\n' >&3 && read -r line <&3; } 2>/dev/null
  exec 3>&-
  [[ ${line:-} == HTTP/1* ]]
}

skip() {  # LINE TEXT REASON
  echo; echo "[line $1] \$ $2"
  echo "--- not run: $3"
  echo "not run  $2: $3" >>"$results"
}

. /root/plan
echo
echo "=== Summary after $SECONDS s"
echo "$(grep -c '^ok' "$results") commands exited as expected, $(grep -c '^FAILED' "$results") did not."
grep '^FAILED' "$results"
echo "Not run:"
grep '^not run' "$results" | cut -d' ' -f4- | sort -u | sed 's/^/  /'
! grep -q '^FAILED' "$results"
