/* SPDX-License-Identifier: Apache-2.0 */
#include "differential.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int tool(const char *in, const char *const *argv)
{
	posix_spawn_file_actions_t files;
	pid_t pid;
	int status = -1;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, in ? in : "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&files, 2, "talk", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int bad =
	    posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (bad || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* In place: keys in such a file were never anybody's, and no disk need keep them. */
void put_file(const char *path, struct str bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes.ptr, bytes.len) != (ssize_t)bytes.len) {
		perror(path);
		exit(2);
	}
	close(fd);
}

struct buf get_file(const char *path)
{
	struct buf b = BUF_INIT;
	struct err err;
	if (file_read(&b, path, 256 * 1024 * 1024, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(2);
	}
	return b;
}
