// SPDX-License-Identifier: Apache-2.0
// The site in a browser: node check.mjs SITE [--all] [--shots FOLDER]
// Without --all one page of each kind, languages, widths and colours in turn. A line a check; exit 1
// where one failed. Needs Debian's chromium, and what package.json names.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { faults } from './faults.mjs';
import { htmlPages, languagesOf, read, samples } from './pages.mjs';
import { Server } from './server.mjs';

const require = createRequire(import.meta.url);
const site = process.argv[2];
const all = process.argv.includes('--all');
const shots = process.argv.includes('--shots') && process.argv[process.argv.indexOf('--shots') + 1];
const program = process.env.CHROMIUM ?? '/usr/bin/chromium';
const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
const FIRST_VISIT = 13000; // bytes of HTML and CSS, compressed: one window of TCP
const WIDTHS = [1280, 320];
let failed = 0, passed = 0;

async function check(name, run) {
	try {
		const said = await run();
		passed++;
		console.log(`ok      ${name}${said ? `: ${said}` : ''}`);
	} catch (error) {
		failed++;
		console.log(`FAILED  ${name}: ${error.message}`);
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
	const context = await browser.newContext({ viewport: { width: options.width ?? 1280, height: 900 },
		colorScheme: options.colour ?? 'light', javaScriptEnabled: options.script ?? true,
		serviceWorkers: options.worker ? 'allow' : 'block', bypassCSP: options.bypass ?? false,
		reducedMotion: 'reduce' });
	const page = await context.newPage();
	const wrong = [];
	page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
	page.on('pageerror', (error) => wrong.push(String(error)));
	page.on('request', (request) => request.url().startsWith(server.url) || request.url().startsWith('data:') ||
		wrong.push(`asks ${request.url()}`));
	await page.goto(server.url + path, { waitUntil: 'load' });
	return { page, wrong, close: () => context.close() };
}

async function violations(page) {
	await page.evaluate(axe);
	return page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',
		'wcag22aa', 'best-practice'] }).then((result) => result.violations.map((violation) =>
		`${violation.id} x${violation.nodes.length}: ${violation.nodes[0].html.slice(0, 120)}`)));
}

// What overflows sideways, or is cut off.
const tooWide = () => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1
	? [...document.querySelectorAll('body *')].filter((element) =>
		element.getBoundingClientRect().right > document.documentElement.clientWidth + 1 ||
		element.getBoundingClientRect().left < -1).slice(0, 2).map((element) => element.outerHTML.slice(0, 100)).join(' | ')
	: '';

// --- each kind of page, as people see it ---
let turn = 0;
const spaced = '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}' +
	'p{margin-block-end:2em!important}'; // WCAG 1.4.12
const heavy = { bytes: 0, path: '' };
let requests = 0;

// What a first visit costs: a new context has no cache.
function weigh(path) {
	const sent = server.sent.filter((file) => !file.path.endsWith('favicon.svg'));
	const bytes = sent.filter((file) => /\.(html|css)$/.test(file.path)).reduce((sum, file) => sum + file.bytes, 0);
	if (bytes > heavy.bytes)
		Object.assign(heavy, { bytes, path });
	requests = Math.max(requests, sent.length);
}

for (const { path } of pages) {
	const looks = WIDTHS.flatMap((width) => ['light', 'dark'].map((colour) => ({ width, colour })));
	for (const look of all ? looks : [looks[turn++ % looks.length]]) {
		await check(`${path} at ${look.width}, ${look.colour}`, async () => {
			server.sent.length = 0;
			const { page, wrong, close } = await open(path, { ...look, bypass: true });
			try {
				weigh(path);
				must(!wrong.length, wrong.join('; '));
				const wide = await page.evaluate(tooWide);
				must(!wide, `scrolls sideways: ${wide}`);
				if (shots) {
					await mkdir(shots, { recursive: true });
					await page.screenshot({ fullPage: true,
						path: join(shots, `${path.replaceAll('/', '.')}.${look.width}.${look.colour}.png`) });
				}
				const found = await violations(page);
				must(!found.length, found.join('; '));
				await page.setViewportSize({ width: 320, height: 900 });
				await page.addStyleTag({ content: spaced });
				const cut = await page.evaluate(tooWide);
				must(!cut, `scrolls sideways with its text spaced out: ${cut}`);
			} finally {
				await close();
			}
		});
	}
}

await check('faults put in on purpose are found', async () => {
	const { page, close } = await open(pages.find(({ kind }) => kind.endsWith('/*')).path, { bypass: true });
	const missed = [];
	for (const fault of faults) {
		await page.evaluate(fault.put);
		const found = await violations(page);
		if (!found.some((text) => text.startsWith(fault.rule)))
			missed.push(fault.rule);
		await page.reload();
	}
	await close();
	must(!missed.length, `axe does not see ${missed.join(', ')}`);
	return `${faults.length} of ${faults.length}`;
});

await check('the keyboard reaches the text and each link', async () => {
	const { page, close } = await open(`${languages[0]}/index.html`);
	await page.keyboard.press('Tab');
	must(await page.evaluate(() => document.activeElement.matches('a.skip')), 'the first stop is not the skip link');
	await page.keyboard.press('Enter');
	must(page.url().endsWith('#main'), 'the skip link leads elsewhere');
	await page.goto(page.url().replace('#main', ''));
	const wanted = await page.evaluate(() => document.querySelectorAll(
		'a[href]:not([tabindex="-1"]), button, input, select, summary').length);
	const seen = new Set();
	for (let i = 0; i < wanted + 30; i++) {
		await page.keyboard.press('Tab');
		const id = await page.evaluate(() => {
			const at = document.activeElement;
			if (at === document.body)
				return null;
			at.dataset.stop ??= String(window.stops = (window.stops ?? 0) + 1);
			return at.dataset.stop;
		});
		if (id)
			seen.add(id);
	}
	await close();
	must(seen.size >= wanted, `${seen.size} of ${wanted} stops`);
	return `${wanted} stops`;
});

// --- the weight of a first visit ---
await check('a first visit to any kind of page is light', async () => {
	must(heavy.bytes <= FIRST_VISIT, `${heavy.path}: ${heavy.bytes} bytes, more than ${FIRST_VISIT}`);
	must(requests <= 3, `${requests} requests`);
	return `most ${heavy.bytes} bytes (${heavy.path}), ${requests} requests`;
});

// --- without scripts: the files alone ---
const isDocument = (path) => /^[a-z]{2}\/[a-z-]+_?\/[a-z0-9-]+\.[a-z0-9-]+\.html$/.test(path);
await check('every document is four links away, without scripts', async () => {
	for (const language of languages) {
		const depth = new Map([[`${language}/index.html`, 0]]);
		for (const [path, clicks] of depth) {
			if (clicks === 4)
				continue;
			const html = await read(site, path);
			for (const [, href] of html.matchAll(/<a\b[^>]*\shref="([^"#]+)/g)) {
				if (/^[a-z]+:/.test(href))
					continue;
				const to = decodeURI(new URL(href, `http://x/${path}`).pathname.slice(1));
				if (to.endsWith('.html') && to.startsWith(`${language}/`) && !depth.has(to) && existsSync(join(site, to)))
					depth.set(to, clicks + 1);
			}
		}
		const lost = (await htmlPages(site)).filter((path) => path.startsWith(`${language}/`) && isDocument(path) && !depth.has(path));
		must(!lost.length, `${lost.length} documents are out of reach, such as ${lost[0]}`);
	}
});

await check('the HTML is valid (Nu checker)', async () => {
	const files = pages.map(({ path }) => join(site, path));
	try {
		execFileSync('java', ['-jar', require('vnu-jar'), '--errors-only', '--filterpattern',
			'.*(Content-Security-Policy|contentsecuritypolicy|vector-effect).*', ...files], { stdio: 'pipe' });
	} catch (error) {
		if (error.code === 'ENOENT')
			return 'not checked: there is no java';
		must(false, String(error.stderr).split('\n').slice(0, 4).join('; '));
	}
	return `${files.length} pages`;
});

for (const name of ['search', 'offline']) {
	const { default: more } = await import(`./${name}.mjs`);
	await more({ check, must, open, server, site, languages, browser, program, profile });
}

await browser.close();
await server.stop();
await rm(profile, { recursive: true, force: true });
console.log(`${passed} checks passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
