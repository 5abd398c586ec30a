/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every size, count, depth and deadline that bounds what others may send or write, with its reason.
 */
#ifndef BELFRY_BASE_LIMITS_H
#define BELFRY_BASE_LIMITS_H

enum {
	/* Records */
	RECORD_BYTES_MAX = 64 * 1024, /* cmark 0.30 stays under 0.3 s on the worst 64 KiB */
	NESTING_MAX = 32, /* YAML and Markdown containers; cmark is quadratic in depth */
	BRACKETS_MAX = 4096, /* "[" in a text; cmark is quadratic in those that stay open */
	NODES_MAX = 4096, /* values in one front matter */
	SIGNATURE_BYTES_MAX = 1024, /* an SSHSIG armor is about 390 bytes */
	SCHEMA_BYTES_MAX = 64 * 1024,
	SCHEMAS_MAX = 64,

	/* Attachments */
	ATTACHMENT_BYTES_MAX = 64 * 1024 * 1024, /* two hours and a half at 64 kbit/s */
	ATTACHMENT_CHUNK_BYTES = 64 * 1024, /* what a peer can spoil before it is noticed */
	ATTACHMENT_CHUNKS_MAX = ATTACHMENT_BYTES_MAX / ATTACHMENT_CHUNK_BYTES,
	ATTACHMENTS_OF_RECORD_MAX = 16,
	ATTACHMENT_NAME_BYTES_MAX = 80,

	/* Charter and roster */
	CHARTER_BYTES_MAX = 256 * 1024,
	ROSTER_BYTES_MAX = 256 * 1024,
	HUBS_MAX = 256,
	CENTRAL_KEYS_MAX = 16,
	STEWARDS_MAX = 16,

	/* Journals */
	ENTRY_BYTES_MAX = 512 * 1024, /* one entry on the wire; what a cut link loses at most */
	ENTRY_CHANGES_MAX = 256,
	ENTRY_HEADS_MAX = HUBS_MAX,
	ENTRY_COMMIT_BYTES_MAX = 64 * 1024, /* with all heads it has half of that */
	OBJECT_BYTES_MAX =
	    8 * 1024 * 1024, /* of what git brings; a folder of 100,000 documents fits */
	BATCH_BYTES_MAX = 4 * 1024 * 1024, /* entries admitted with one pack and one fsync */

	/* Link */
	HANDSHAKE_BYTES_MAX = 512,
	HANDSHAKE_TIMEOUT_MS = 10 * 1000,
	FRAME_BYTES_MAX = 65535, /* Noise's limit, tag included */
	MESSAGE_BYTES_MAX =
	    ENTRY_BYTES_MAX + 4096, /* one message, over as many frames as it takes */
	IDLE_PING_MS = 30 * 1000, /* below usual NAT time-outs */
	SILENCE_MS = 120 * 1000, /* TCP survives a 30 s radio drop; more is a dead peer */
	RETRY_FIRST_MS = 500,
	RETRY_LAST_MS = 60 * 1000,
	PEERS_MAX = 256,
	HANDSHAKES_OPEN_MAX = 64,

	/* Members' messages */
	SUBMISSION_BYTES_MAX = 80 * 1024, /* a record, its signature, names */
	INBOX_MAX = 1024,
	INBOX_MEMBER_MAX = 128, /* of one member, with what was decided and not confirmed, */
	INBOX_MEMBER_BYTES_MAX = 2 * 1024 * 1024, /* and the bytes of these */
	INBOX_REFUSED_MAX = 128, /* that came by file and wait for a file to carry the answer */
	REMARK_BYTES_MAX = 4096,

	/* Local */
	CONTROL_BYTES_MAX = 16 * 1024 * 1024, /* one request or answer on the control socket */
	CONFIG_BYTES_MAX = 64 * 1024,
	KEY_FILE_BYTES_MAX = 16 * 1024,
	BACKUP_BYTES_MAX = 128 * 1024, /* all of a store's keys */
	THEME_FILE_BYTES_MAX = 64 * 1024, /* a template, sheet or drawing of a hub's own */
	THEME_LOGO_BYTES_MAX = 4 * 1024, /* it stands in every page */
};

#endif
