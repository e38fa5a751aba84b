# Shared by the scripts: one line a step, a sign of life on long ones, one clear sentence on failure.

say() { printf '• %s\n' "$*" >&2; }

fail() {
  printf '✗ %s\n' "$*" >&2
  exit 1
}

is_root() { [ "$(id -u)" = 0 ]; }

# step LABEL COMMAND…: runs it with its output in .cache/logs, says how long it takes, shows the end of the log if it fails.
# It runs as a process group of its own, ended with us when we are interrupted; a program (not a function) also when we are killed.
step() {
  local label=$1 log started pid status=0 beat=10 tie=()
  shift
  if [ "$(type -t "$1")" = file ]; then tie=(setpriv --pdeathsig KILL --); fi
  log=.cache/logs/$(printf '%s' "$label" | tr -c 'A-Za-z0-9' '-' | cut -c1-40).log
  started=$SECONDS
  say "$label …"
  set -m
  # Without the lock (9): a child that outlives us must not hold the next set-up back.
  "${tie[@]}" "$@" >"$log" 2>&1 </dev/null 9>&- &
  pid=$!
  set +m
  trap 'kill -TERM -- -$pid 2>/dev/null; wait; exit 130' INT TERM HUP
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if [ $((SECONDS - started)) -ge $beat ]; then
      say "$label … $((SECONDS - started)) s"
      beat=$((beat + 10))
    fi
  done
  wait "$pid" || status=$?
  trap - INT TERM HUP
  if [ $status -ne 0 ]; then
    tail -n 15 "$log" | sed 's/^/    /' >&2
    return $status
  fi
  if [ $((SECONDS - started)) -ge 2 ]; then say "$label: done in $((SECONDS - started)) s"; fi
}

# Twice if need be, a second apart.
retried() { "$@" 2>/dev/null || { sleep 1 && "$@"; }; }

# Short name of a file's content.
fingerprint() { sha256sum "$1" | cut -c1-12; }

# Short name of everything under some files and directories: names and contents.
fingerprint_tree() {
  find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12
}
