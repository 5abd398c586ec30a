// SPDX-License-Identifier: Apache-2.0
// The site in a browser: node check.mjs SITE [--all] [--minutes N]
// Without --all one page of each kind, languages, widths and colours in turn. After N minutes no further
// page is looked at, and it says how many looks that leaves out. A line a check; exit 1 where one failed.
// Needs Debian's chromium, and what package.json names.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { languagesOf, samples } from './pages.mjs';
import { Server } from './server.mjs';

const option = (name) => process.argv.includes(name) && process.argv[process.argv.indexOf(name) + 1];
const site = process.argv[2];
const all = process.argv.includes('--all');
const until = Date.now() + 60000 * Number(option('--minutes') || Infinity);
const program = process.env.CHROMIUM ?? '/usr/bin/chromium';
// axe takes letters that join, as Arabic ones do, for icons, and does not look at their contrast. We have
// no fonts of icons: whatever it measures is as wide as its letters.
const axe = `${await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')}
	CanvasRenderingContext2D.prototype.measureText = (text) => ({ width: 30 * text.length });
	CanvasRenderingContext2D.prototype.getImageData = (x, y, width, height) =>
		({ data: new Uint8ClampedArray(4 * Math.ceil(width) * Math.ceil(height)).fill(1) });`;
let failed = 0, passed = 0;

async function check(name, run) {
	try {
		const said = await run();
		passed++;
		console.log(`ok      ${name}${said ? `: ${said}` : ''}`);
	} catch (error) {
		failed++;
		console.log(`FAILED  ${name}: ${error.message}`);
		if (!browser.isConnected()) {
			console.log('the browser is gone');
			process.exit(1);
		}
	}
}
function must(what, says) {
	if (!what)
		throw new Error(says);
}

const server = new Server(site);
await server.start();
const profile = await mkdtemp(join(tmpdir(), 'belfry-web.'));
const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
const languages = await languagesOf(site);
const pages = await samples(site, languages, all);

async function open(path, options = {}) {
	const context = await browser.newContext({ javaScriptEnabled: options.script ?? true,
		serviceWorkers: options.worker ? 'allow' : 'block' });
	const page = await context.newPage();
	const wrong = [];
	page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
	page.on('pageerror', (error) => wrong.push(String(error)));
	await page.goto(server.url + path, { waitUntil: 'load' });
	return { page, wrong, close: () => context.close() };
}

for (const name of ['looks', 'files', 'search', 'offline']) {
	const { default: more } = await import(`./${name}.mjs`);
	await more({ check, must, open, server, site, languages, browser, program, profile, axe, pages, all, until });
}

await browser.close();
await server.stop();
await rm(profile, { recursive: true, force: true });
console.log(`${passed} checks passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
