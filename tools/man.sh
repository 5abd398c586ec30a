#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Write belfry(1) from what the program says of itself: tools/man.sh BELFRY >belfry.1
set -eu
belfry=$1

# The text of `belfry COMMAND --help` as man(7): its usage, its paragraphs, its options.
section() {
	"$belfry" "$@" --help | awk -v name="$*" '
		function esc(s) { gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); return s ~ /^[.\x27]/ ? "\\&" s : s }
		NR == 1 { sub(/^Usage: /, ""); usage = $0; next }
		!begun && /^$/ { next }
		!begun { begun = 1; print ".SS " esc(name); print ".B " esc(usage); print ".PP" }
		/^Options:$/ { options = 1; next }
		options && match($0, /^  --[a-z-]+( [^ ]+)? +/) {
			left = substr($0, 3, RLENGTH - 2); sub(/ +$/, "", left)
			if (left ~ /^--(store|json|help)( |$)/)
				next # of every command: said once
			print ".TP"; print ".B " esc(left); print esc(substr($0, RLENGTH + 1)); next
		}
		/^$/ { gap = 1; next }
		{ if (gap) print ".PP"; gap = 0; print esc($0) }'
}

version=$("$belfry" --version)
cat <<END
.TH BELFRY 1 "" "$version" "Belfry"
.SH NAME
belfry \\- what cities have learnt, signed, carried between hubs, readable offline
.SH SYNOPSIS
.B belfry
.I COMMAND
.RI [ ARGUMENT ...]
.RB [ \\-\\-store
.IR DIR ]
.RB [ \\-\\-json ]
.SH DESCRIPTION
Belfry keeps records of what cities have learnt as signed Markdown in git, carries them between a central
team and regional hubs over links that barely work, checks them on arrival, and renders a resource centre
of static pages. Commands that write to a store go through its daemon while one runs.
.SH OPTIONS
Every command takes these.
.TP
.BI \\-\\-store " DIR"
the store's folder
.TP
.B \\-\\-json
print for programs
.TP
.B \\-\\-help
say how the command is used
END
"$belfry" help | sed 's/-/\\-/g' | while read -r command rest; do
	case $rest in
	'') continue ;;
	esac
	if "$belfry" help "$command" >/dev/null 2>&1; then
		section "$command"
		said=$("$belfry" "$command" --help)
		# Verbs that have a help of their own, such as charter propose.
		for verb in $(echo "$said" | sed -n '1{s/\[[^]]*\]//g;p}' | tr '|' '\n' | sed -n 's/^ \([a-z][a-z]*\).*/\1/p'); do
			own=$("$belfry" "$command" "$verb" --help 2>/dev/null) || continue
			[ "$own" != "$said" ] || continue
			section "$command" "$verb"
		done
	elif [ "$command" != belfry: ] && [ "$command" != belfry ]; then # a group of them
		echo ".SH $command $rest" | tr '[:lower:]' '[:upper:]'
	fi
done
cat <<'END'
.SH ENVIRONMENT
.TP
.B BELFRY_STORE
the store, where
.B \-\-store
does not name one
.TP
.B XDG_DATA_HOME
where the store stands otherwise: in
.IR belfry ;
without it in
.I ~/.local/share/belfry
.SH EXIT STATUS
0 when done, 1 when refused or failed, with the reason, 2 for a wrong command line. Results go to standard
output, talk and progress to standard error.
.SH SEE ALSO
.BR ssh\-keygen (1),
.BR git (1)
END
