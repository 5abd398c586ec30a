#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: belfry pull takes a network from a git host over SSH, by the system's ssh and a real sshd with a key
# of its own; a host whose key is another one, or that knows nobody, is not asked twice.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
# shellcheck source=tests/cli/git.lib
. tests/cli/git.lib
sshd=${SSHD:-$(PATH=$PATH:/usr/sbin:/sbin command -v sshd)}
[ -n "$sshd" ] || { echo "there is no sshd: apt-get install openssh-server"; exit 77; }

# Whom ssh trusts, and as whom it goes, are the person's own settings; here they stand in the scratch folder.
# It speaks to an sshd that it starts itself, so there is no port to find.
person host
person visitor
ssh_dir=$work/ssh
mkdir "$ssh_dir"
chmod 700 "$ssh_dir"
cp "$work/visitor.pub" "$ssh_dir/authorized"
echo "githost $(cut -d' ' -f1,2 "$work/host.pub")" >"$ssh_dir/known"
cat >"$ssh_dir/sshd_config" <<-END
	HostKey $work/host
	AuthorizedKeysFile $ssh_dir/authorized
	StrictModes no
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	PidFile none
	ForceCommand $ssh_dir/command
END
cat >"$ssh_dir/command" <<-END
	#!/bin/sh
	[ -e $ssh_dir/cut ] || exec sh -c "\$SSH_ORIGINAL_COMMAND"
	sh -c "\$SSH_ORIGINAL_COMMAND" | { dd bs=1 count="\$(cat $ssh_dir/cut)" status=none; kill 0; }
END
chmod 755 "$ssh_dir/command"
[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd # as its service does
"$sshd" -t -f "$ssh_dir/sshd_config" 2>"$work/talk" || { echo "this sshd does not run here: $(head -n 1 "$work/talk")"; exit 77; }
cat >"$ssh_dir/config" <<-END
	Host githost stranger
		User $(id -un)
		IdentityFile $work/visitor
		IdentitiesOnly yes
		UserKnownHostsFile $ssh_dir/known
		GlobalKnownHostsFile /dev/null
		ProxyCommand $sshd -i -f $ssh_dir/sshd_config -E $work/sshd.log
END
mkdir "$work/bin"
printf '#!/bin/sh\nexec %s -F %s "$@"\n' "$(command -v ssh)" "$ssh_dir/config" >"$work/bin/ssh"
chmod +x "$work/bin/ssh"
PATH=$work/bin:$PATH

git_network
url=git+ssh://githost$work/hosts/host.git
"$work/bin/ssh" -o BatchMode=yes githost true 2>"$work/talk" || {
	echo "nobody can log in here by ssh: $(tail -n 1 "$work/talk")"
	exit 77
}
fails 1 edge pull "git+ssh://stranger$work/hosts/host.git"
says 'Host key verification failed\|No .* host key is known'
fails 1 edge pull "git+ssh://githost$work/hosts/nowhere.git"
says 'nowhere.git'
mv "$ssh_dir/authorized" "$ssh_dir/nobody"
fails 1 pull
says 'Permission denied'
mv "$ssh_dir/nobody" "$ssh_dir/authorized"
clean

# The line dies in the middle of what the host sends, then it is well again.
for bytes in 100 1500; do
	echo $bytes >"$ssh_dir/cut"
	fails 1 pull
	clean
	[ -z "$(edge log)" ] || fail "half an answer of $bytes bytes brought something in"
done
rm "$ssh_dir/cut"

good_and_bad
