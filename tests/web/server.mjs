// SPDX-License-Identifier: Apache-2.0
// A folder over HTTP on loopback, as a plain web server with precompressed files gives it out. It
// can be stopped and started again at the same port, and counts what it sends.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { readFile, realpath } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';

const media = {
	'.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml',
	'.json': 'application/json', '.xml': 'application/xml', '.ics': 'text/calendar', '.csv': 'text/csv',
	'.md': 'text/markdown; charset=utf-8', '.webmanifest': 'application/manifest+json',
};

export class Server {
	// With squeezesAll, text that has no small form beside it is sent in one all the same.
	constructor(folder, { squeezesAll = false } = {}) {
		this.folder = folder;
		this.squeezesAll = squeezesAll;
		// {path, bytes, to, by}, bodies as they went over the line: `to` is who said x-visitor, `by` what
		// the browser wants it for.
		this.sent = [];
		this.port = 0;
	}

	async start() {
		const root = await realpath(this.folder);
		this.http = createServer(async (request, response) => {
			let path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
			if (path.endsWith('/'))
				path += 'index.html';
			const file = join(root, normalize(path));
			const accepts = request.headers['accept-encoding'] ?? '';
			for (const [suffix, coding] of [['.br', 'br'], ['.gz', 'gzip'], ['', '']]) {
				if (coding && !accepts.includes(coding))
					continue;
				try {
					const isSmall = !coding && this.squeezesAll && extname(file) in media && accepts.includes('gzip');
					const bytes = await readFile(file + suffix), body = isSmall ? gzipSync(bytes) : bytes;
					const head = { 'content-type': media[extname(file)] ?? 'application/octet-stream',
						'content-length': body.length, vary: 'Accept-Encoding' };
					if (coding || isSmall)
						head['content-encoding'] = coding || 'gzip';
					this.sent.push({ path, bytes: body.length, to: request.headers['x-visitor'],
						by: request.headers['sec-fetch-dest'] });
					response.writeHead(200, head).end(body);
					return;
				} catch (error) {
					if (!['ENOENT', 'EISDIR'].includes(error.code))
						throw error;
				}
			}
			response.writeHead(404, { 'content-type': 'text/plain' }).end('not here');
		});
		// Others may have the port for a while, when it comes back to it.
		for (let tries = 600; ; tries--)
			try {
				this.http.listen(this.port, '127.0.0.1');
				await once(this.http, 'listening');
				break;
			} catch (error) {
				if (error.code !== 'EADDRINUSE' || !tries)
					throw error;
				await new Promise((done) => setTimeout(done, 100));
			}
		this.port = this.http.address().port;
		this.url = `http://127.0.0.1:${this.port}/`;
	}

	async stop() {
		this.http.closeAllConnections();
		await new Promise((done) => this.http.close(done));
	}
}
