"""What a large class costs, from the platform's download to the last export."""
