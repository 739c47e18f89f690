# What the captures through the kernel's tracing share; sourced, not run.
#
# begin OUT       makes a tracing instance of our own, so that nobody else's is disturbed
# enable EVENT    switches an event on in it; false if the kernel has no such event
# record COMMAND  streams the instance to OUT while COMMAND runs, or until Ctrl-C without one
#
# Whatever happens, the instance and the probes are gone at the end.

fs=${TRACEFS:-/sys/kernel/tracing}
instance=$fs/instances/vramlab.$$
reader= packer= pipe=

die() { echo "${0##*/}: $*" >&2; exit 1; }

begin() {
	out=$1
	[ -n "$out" ] || die "OUT is missing (-h says more)"
	[ ! -e "$out" ] || die "$out is there already"
	[ "$(id -u)" = 0 ] || [ -n "${TRACEFS:-}" ] || die "only root may trace: sudo $0 ..."
	[ -e "$fs/trace" ] || mount -t tracefs none "$fs" 2>/dev/null || true
	[ -e "$fs/trace" ] || die "no tracefs at $fs: the kernel lacks CONFIG_FTRACE, or it is not mounted"
	mkdir "$instance" 2>/dev/null || die "no tracing instance can be made in $fs/instances"
	trap finish EXIT
	echo 8192 >"$instance/buffer_size_kb" # KiB for each processor
}

enable() {
	[ -e "$instance/events/$1/enable" ] || return 1
	echo 1 >"$instance/events/$1/enable"
}

record() {
	true 2>/dev/null >"$out" || die "$out cannot be made"
	pipe=$(mktemp -u)
	mkfifo "$pipe"
	gzip <"$pipe" >"$out" &
	packer=$!
	cat "$instance/trace_pipe" >"$pipe" & # it blocks for more until it is killed
	reader=$!
	if [ $# -gt 0 ]; then
		echo "recording while $1 runs" >&2
		"$@" || echo "${0##*/}: $1 ended with status $?" >&2
	else
		echo "recording until Ctrl-C" >&2
		trap : INT
		sleep infinity || true
	fi
	sleep "${DRAIN:-1}" # what is still in the buffers
}

finish() {
	for e in "$instance"/events/*/*/enable "$instance"/events/*/enable; do
		[ ! -e "$e" ] || echo 0 >"$e" 2>/dev/null || true
	done
	if [ -n "$reader" ]; then
		kill "$reader" 2>/dev/null || true
		wait "$reader" "$packer" 2>/dev/null || true
		rm -f "$pipe"
	fi
	lost=$(cat "$instance"/per_cpu/cpu*/stats 2>/dev/null | awk '/^(overrun|dropped events):/ { n += $NF } END { print n + 0 }' || true)
	[ "${lost:-0}" = 0 ] || echo "${0##*/}: $lost events were lost: the capture has gaps" >&2
	rmdir "$instance" 2>/dev/null || echo "${0##*/}: $instance could not be removed" >&2
	if declare -F cleanup >/dev/null; then cleanup; fi
	[ ! -s "$out" ] || echo "made $out: vramlab run -trace $out" >&2
}
