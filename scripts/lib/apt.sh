# Debian packages. One set-up of this machine at a time, whatever clone it is of; other users of apt and dpkg are waited for.

apt_lock=/run/lock/decroche-apt.lock
apt_policy=/usr/sbin/policy-rc.d
apt_wait_seconds=300
apt_retry_seconds=2

# debian_install NAME…: starts no service. The tests and the demo start servers of their own.
debian_install() {
  step 'list of Debian packages' apt_alone apt_patiently apt-get update -q ||
    fail 'apt-get update failed: the Debian packages must be reachable.'
  step "Debian packages: $*" apt_alone apt_quietly "$@" ||
    fail "apt-get could not install $*: see .cache/logs."
}

# The lock ends with this process; those it starts do not have it.
apt_alone() (
  exec 8>"$apt_lock"
  flock -w "$apt_wait_seconds" 8 || { echo 'another set-up on this machine does not end'; exit 1; }
  "$@" 8>&-
)

# Runs a command again for as long as it fails because another holds its lock.
apt_patiently() {
  local output until=$((SECONDS + apt_wait_seconds)) status
  while true; do
    status=0
    output=$(LC_ALL=C "$@" 2>&1) || status=$?
    printf '%s\n' "$output"
    [ $status -ne 0 ] || return 0
    case $output in *'Could not get lock'* | *'locked by another'*) ;; *) return $status ;; esac
    [ $SECONDS -lt $until ] || return $status
    sleep "$apt_retry_seconds"
  done
}

apt_quietly() (
  mine='# Of a set-up of Décroché: no service starts while it installs.'
  before=$apt_policy.before-decroche
  # Ours is there already when a set-up was killed; what it found is then still put aside.
  if [ -e "$apt_policy" ] && ! grep -qF "$mine" "$apt_policy"; then mv "$apt_policy" "$before"; fi
  trap 'rm -f "$apt_policy"; if [ -e "$before" ]; then mv "$before" "$apt_policy"; fi' EXIT
  printf '#!/bin/sh\n%s\nexit 101\n' "$mine" >"$apt_policy"
  chmod 755 "$apt_policy"
  install=(env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout="$apt_wait_seconds" "$@")
  if ! apt_patiently "${install[@]}"; then
    # An installation that was interrupted must be finished first.
    apt_patiently dpkg --configure -a && apt_patiently "${install[@]}" || exit
  fi
  local service
  for service in redis-server coturn; do
    case " $* " in *" $service "*)
      if [ -d /run/systemd/system ]; then systemctl disable --quiet "$service" || true; fi
      ;;
    esac
  done
)
