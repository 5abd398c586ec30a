#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From "publish" on one hub to "there it is" on another, both on this machine: two stores of
# BENCH_PUSH_N (1,000) records with a daemon each, linked over TCP on loopback. Beside it git, with the
# same history and the same three files in one commit: `git push` to a bare repository whose post-receive
# hook pushes on to a second one, all by path, its fastest transport. Records are signed and commits
# made before the clock starts; ours is on disk (fsync) before it is passed on, git leaves loose objects
# to the system. That git looks at no signature; ours checks three on either side (author, reviewer, journal)
# and the rules. So a second pair of repositories does what ours must: a pre-receive hook with git
# verify-commit and ssh-keygen for the two others. Medians of BENCH_TIMES (25), taking turns; the first of each is not counted.
#  seen          from the start of the command until a command that looks has printed it; that one is run
#                again and again without a pause, and its own start-up counts (tests/bench/until.c)
#  hub to hub    from what the first has durably to the second having it (tests/bench/refs.c): ours the pins, which
#                are written before refs move, git's the refs
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
n=${BENCH_PUSH_N:-1000} times=${BENCH_TIMES:-25}

make_store "$work/a" "$n" -s "$((2 * times + 2))" "$work/new"
link_hubs "$work/a" "$work/b"

git clone -q --bare "$work/a/store.git" "$work/first.git" 2>/dev/null
git clone -q --bare "$work/first.git" "$work/second.git"
git clone -q "$work/first.git" "$work/desk"
printf '#!/bin/sh\nexec git push -q "%s" main\n' "$work/second.git" >"$work/first.git/hooks/post-receive"
chmod +x "$work/first.git/hooks/post-receive"

# The pair that checks: commits are signed by the desk, records as ours are.
network=$("$bf" signers --store "$work/a" | sed -n '1s/.*belfry-record@\([0-9a-f]*\).*/\1/p')
ssh-keygen -q -t ed25519 -N '' -C desk -f "$work/desk.key"
{
	"$bf" signers --store "$work/a"
	echo "desk@bench namespaces=\"git\" $(cat "$work/desk.key.pub")"
} >"$work/signers"
for name in gpg.format=ssh user.signingKey="$work/desk.key" commit.gpgSign=true; do
	git -C "$work/desk" config "${name%%=*}" "${name#*=}"
done
cat >"$work/check" <<END
#!/bin/sh
t=\$(mktemp -d) && trap 'rm -rf "\$t"' EXIT
while read -r old new ref; do
	git -c gpg.ssh.allowedSignersFile="$work/signers" verify-commit "\$new" 2>/dev/null || exit 1
	git diff-tree --no-commit-id --name-only -r "\$new" | grep '[.]md\$' >"\$t/paths"
	while read -r path; do
		for suffix in '' .sig .rev; do git cat-file blob "\$new:\$path\$suffix" >"\$t/x\$suffix" || exit 1; done
		for by in sig:author:record rev:reviewer:review; do
			who=\${by#*:}
			ssh-keygen -q -Y verify -f "$work/signers" -I "\${who%:*}@central" -n "belfry-\${who#*:}@$network" \
				-s "\$t/x.\${by%%:*}" <"\$t/x" >/dev/null || exit 1
		done
	done <"\$t/paths"
done
END
for name in first second; do
	git clone -q --bare "$work/$name.git" "$work/$name-checks.git"
	cp "$work/check" "$work/$name-checks.git/hooks/pre-receive"
	chmod +x "$work/$name-checks.git/hooks/pre-receive"
done
printf '#!/bin/sh\nexec git push -q "%s" main\n' "$work/second-checks.git" >"$work/first-checks.git/hooks/post-receive"
chmod +x "$work/first-checks.git/hooks/post-receive"

# Record $1 as the files of a commit in the working copy; its id and the commit in $id and $commit.
take() {
	path=$(cat "$work/new/$1/path")
	id=$(basename "$(dirname "$path")")
	mkdir -p "$work/desk/$(dirname "$path")"
	for suffix in '' .sig .rev; do cp "$work/new/$1/en.md$suffix" "$work/desk/$path$suffix"; done
	git -C "$work/desk" add records
	git -C "$work/desk" commit -q -m "$id"
	commit=$(git -C "$work/desk" rev-parse HEAD)
}

i=0
while [ $i -le "$times" ]; do
	i=$((i + 1))
	take $i
	"$tools/until" "$id" "$bf" publish "$work/new/$i/en.md" --store "$work/a" -- \
		"$bf" list --search "$id" --store "$work/b" >"$work/ours.now"
	"$tools/until" "$commit" git -C "$work/desk" push -q origin main -- \
		git --git-dir "$work/second.git" rev-parse refs/heads/main >"$work/peer.now"
	"$tools/until" "$commit" git -C "$work/desk" push -q "$work/first-checks.git" main -- \
		git --git-dir "$work/second-checks.git" rev-parse refs/heads/main >"$work/checks.now"
	k=$((times + 1 + i))
	take $k
	"$tools/refs" "$work/a/pins" "$work/b/pins" \
		"$bf" publish "$work/new/$k/en.md" --store "$work/a" >>"$work/ours.now"
	"$tools/refs" "$work/first.git/refs/heads/main" "$work/second.git/refs/heads/main" \
		git -C "$work/desk" push -q origin main >>"$work/peer.now"
	[ $i -eq 1 ] || cat "$work/checks.now" >>"$work/checks"
	for who in ours peer; do
		[ $i -eq 1 ] || tr '\n' ' ' <"$work/$who.now" | awk '{ print $1, $2, $4 - $3, $5 }' >>"$work/$who"
	done
done

# What is wrong does not pass these hooks.
echo "not what was signed" >>"$work/desk/$path"
git -C "$work/desk" commit -q -a -m spoilt
! git -C "$work/desk" push -q "$work/first-checks.git" main 2>/dev/null || fail "the hooks let a spoilt record pass"

row "publish, then seen on the other hub, $n records, ms" "$(median "$work/ours" 1)" "$(median "$work/peer" 1)"
row "  beside git with hooks that check the same signatures, ms" "$(median "$work/ours" 1)" "$(median "$work/checks" 1)"
row "  from hub to hub alone, ms" "$(median "$work/ours" 3)" "$(median "$work/peer" 3)"
row "  until publish returns (nobody looking), ms" "$(median "$work/ours" 4)" "$(median "$work/peer" 4)"
