// SPDX-License-Identifier: Apache-2.0
// What a visitor gets: node measure.mjs SITE CONTENT ROWS PROXY FOLDER [PUBLIC]
// SITE is ours; PUBLIC, if given, what hugo and pagefind made of the records in CONTENT. ROWS are of weight,
// clicks, search and lines; or "recall": CONTENT is then a folder of questions that people wrote, <language>.tsv
// of "words <tab> address of what they look for", and PUBLIC the same pages, indexed by pagefind. Prints "what <tab> ours <tab> peer <tab> target [<tab> least]", "-" for
// none; tests/bench/site.sh shows them. PROXY is tests/bench/proxy, which counts in FOLDER.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, brotliCompressSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { htmlPages, languagesOf, read, samples } from './pages.mjs';
import { Server } from './server.mjs';

const [site, content, wanted, proxy, folder, peerSite] = process.argv.slice(2);
const QUESTIONS = Number(process.env.BENCH_QUESTIONS ?? 50);
const LINES = [ // bytes a second, milliseconds each way, targets: a record, a search; questions in each language, so many at once
	{ name: '400 kbit/s, RTT 300 ms', rate: 50000, delay: 150, page: 1.3, search: 2, searches: 3, atOnce: 1 },
	{ name: '64 kbit/s, RTT 800 ms', rate: 8000, delay: 400, page: 3.5, search: 7, searches: 1, atOnce: 4 },
].filter(({ rate }) => !process.env.BENCH_LINES || process.env.BENCH_LINES.split(/[ ,]/).includes(String(rate / 125)));
const SHOWN = 5; // results that pagefind's own interface shows at first
const NEXT = 10; // results that "more" brings (content/theme/search.js)
const languages = await languagesOf(site);
const quantile = (list, q) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];
const median = (list) => quantile(list, 0.5);
const say = (what, ours, peer, target = '-', way = '') => console.log([what, ours, peer || '-', target, way].join('\t'));
const serverOf = (root) => new Server(root, { squeezesAll: root === peerSite });
const sum = (list) => list.reduce((a, b) => a + b, 0);

// --- the records: {type, id, title, summary} by language ---
async function records() {
	const out = new Map(languages.map((language) => [language, []]));
	for (const type of await readdir(content))
		for (const name of (await readdir(join(content, type))).sort()) {
			const [id, language] = name.split('.');
			const text = await readFile(join(content, type, name), 'utf8');
			const field = (key) => text.match(new RegExp(`^${key}: "?(.*?)"?$`, 'm'))?.[1] ?? '';
			out.get(language).push({ type, id, title: field('title'), summary: field('summary'), place: field('place') });
		}
	return out;
}
const ourPage = (language, { type, place, id }) => `${language}/${type}/${place}.${id}.html`;
const peerPage = (language, { type, id }) => `${language}/${type}/${id}/index.html`;

// Questions that one record answers: the rarest words of its title, in their order; for every fourth with a
// word of its summary instead of one of them.
function questions(all) {
	const wordsOf = (text) => [...new Set(text.toLowerCase().match(/[\p{L}\p{M}]{4,}/gu) ?? [])];
	const seen = new Map(), titles = new Map();
	for (const { title, summary } of all) {
		titles.set(title, (titles.get(title) ?? 0) + 1);
		for (const word of wordsOf(`${title} ${summary}`))
			seen.set(word, (seen.get(word) ?? 0) + 1);
	}
	const rarest = (text, n) => {
		const words = wordsOf(text), best = words.toSorted((a, b) => seen.get(a) - seen.get(b)).slice(0, n);
		return words.filter((word) => best.includes(word));
	};
	const fit = all.filter(({ title, summary }) => titles.get(title) === 1 && wordsOf(title).length >= 3 && wordsOf(summary).length >= 3);
	const step = Math.max(1, Math.floor(fit.length / QUESTIONS));
	return fit.filter((_, i) => i % step === 0).slice(0, QUESTIONS).map((record, i) => ({ record,
		words: (i % 4 < 3 ? rarest(record.title, 3) : [...rarest(record.title, 2), ...rarest(record.summary, 1)]).join(' ') }));
}

// --- bytes, as files ---
const sizeOf = async (root, path) => {
	for (const name of [`${path}.br`, `${path}.gz`, path]) // as the server chooses
		if (existsSync(join(root, name)))
			return (await stat(join(root, name))).size;
	return 0;
};
const squeezed = async (path) => brotliCompressSync(await readFile(path),
	{ params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }).length;

async function weight(all) {
	const style = await sizeOf(site, 'style.css');
	let most = 0, where = '';
	for (const path of await htmlPages(site)) {
		const bytes = await sizeOf(site, path) + style;
		if (bytes > most)
			[most, where] = [bytes, path];
	}
	const own = [], theirs = [];
	for (const [language, list] of all)
		for (const record of list) {
			own.push(await sizeOf(site, ourPage(language, record)) + style);
			if (peerSite)
				theirs.push(await squeezed(join(peerSite, peerPage(language, record))));
		}
	const peerStyle = peerSite && await squeezed(join(peerSite, 'style.css'));
	say('first visit, HTML and CSS, most of all pages, bytes', most, '-', 13000);
	console.log(`# ${where}; the style alone ${style}`);
	say('first visit to a record, median, bytes', median(own), peerSite ? median(theirs) + peerStyle : '-', 8000);
	const server = new Server(site);
	await server.start();
	let requests = 0;
	for (const { path } of await samples(site, languages, true)) {
		server.sent.length = 0;
		const context = await browser.newContext({ serviceWorkers: 'block' });
		await (await context.newPage()).goto(server.url + path, { waitUntil: 'networkidle' }); // scripts come after the load event
		await context.close();
		const sent = server.sent.filter((file) => file.path !== '/favicon.svg');
		if (sent.length > requests)
			[requests, where] = [sent.length, sent.map((file) => file.path).join(' ')];
	}
	await server.stop();
	say('requests of a first visit, most of all templates', requests, '-', 3);
	console.log(`# ${where}`);
}

// --- without scripts ---
async function reached(root, home, isIn, clicksMost) {
	const depth = new Map([[home, 0]]);
	for (const [path, clicks] of depth) {
		if (clicks === clicksMost)
			continue;
		for (const [, href] of (await read(root, path)).matchAll(/<a\b[^>]*\shref="?([^"#> ]+)/g)) {
			if (/^[a-z]+:/.test(href))
				continue;
			let to = decodeURI(new URL(href, `http://x/${path}`).pathname.slice(1));
			if (to.endsWith('/') || !to)
				to += 'index.html';
			if (!depth.has(to) && isIn(to) && existsSync(join(root, to)))
				depth.set(to, clicks + 1);
		}
	}
	return depth;
}
async function clicks(all) {
	let ours = 0, theirs = 0, n = 0;
	for (const [language, list] of all) {
		const isIn = (path) => path.startsWith(`${language}/`) && path.endsWith('.html');
		const own = await reached(site, `${language}/index.html`, isIn, 4);
		const peer = peerSite && await reached(peerSite, `${language}/index.html`, isIn, 4);
		n += list.length;
		ours += list.filter((record) => own.has(ourPage(language, record))).length;
		theirs += peer ? list.filter((record) => peer.has(peerPage(language, record))).length : 0;
	}
	say('records within 4 clicks of home, no scripts, %', (100 * ours / n).toFixed(2), peerSite ? (100 * theirs / n).toFixed(2) : '-', 100, 'least');
}

// --- questions ---
const hasSearch = existsSync(join(site, `${languages[0]}/search.html`));
const hasPagefind = peerSite && existsSync(join(peerSite, 'pagefind'));
const ids = (addresses) => addresses.map((address) => address.match(/record-\d+/)?.[0]);
const isDone = () => document.getElementById('found').ariaBusy === 'false';
const engines = {
	ours: {
		root: site, start: (language) => `${language}/search.html`, isCounted: (path) => path.endsWith('.js'),
		async ask(page, words) {
			await page.fill('#q', words);
			await page.keyboard.press('Enter');
			await page.waitForFunction(isDone, null, { timeout: 120000 });
		},
		async found(page) {
			const press = () => {
				const more = document.getElementById('more');
				if (!more.hidden)
					more.click();
				return !more.hidden;
			};
			const haveCome = (n) => document.getElementById('more').hidden || document.querySelectorAll('#found li').length >= n;
			for (let n; (n = await page.locator('#found li').count()) < 10 && await page.evaluate(press);)
				await page.waitForFunction(haveCome, n + NEXT);
			return page.$$eval('#found h3 a', (links) => links.slice(0, 10).map((link) => link.href));
		},
	},
	pagefind: {
		root: peerSite, start: () => null, isCounted: (path) => path.startsWith('/pagefind/'),
		ask: (page, words) => page.evaluate(async ([words, shown]) => {
			window.engine ??= await import('/pagefind/pagefind.js');
			window.answer = await window.engine.search(words);
			await Promise.all(window.answer.results.slice(0, shown).map((result) => result.data()));
		}, [words, SHOWN]),
		found: (page) => page.evaluate(async () =>
			Promise.all(window.answer.results.slice(0, 10).map(async (result) => (await result.data()).url))),
	},
};
const PROGRAM = /^\/(search\.js|pagefind\/(pagefind[^/]*\.js|wasm.*))$/;
async function askAll(engine, asked, all) {
	const server = serverOf(engine.root);
	await server.start();
	const out = { cold: [], next: [], requests: [], script: [], hits: {} };
	for (const [language, list] of asked) {
		out.hits[language] = 0;
		for (const [i, { record, words }] of list.entries()) {
			const context = await browser.newContext({ serviceWorkers: 'block' });
			const page = await context.newPage();
			server.sent.length = 0;
			await page.goto(server.url + (engine.start(language) ?? peerPage(language, all.get(language)[0])), { waitUntil: 'load' });
			await engine.ask(page, words);
			const count = () => server.sent.filter(({ path }) => engine.isCounted(path));
			const first = count();
			out.script.push(sum(first.filter(({ path }) => PROGRAM.test(path)).map(({ bytes }) => bytes)));
			out.cold.push(sum(first.map(({ bytes }) => bytes)));
			out.requests.push(first.length);
			out.hits[language] += ids(await engine.found(page)).includes(record.id);
			const had = sum(count().map(({ bytes }) => bytes));
			if (i % 5 === 0) {
				await engine.ask(page, list[(i + 7) % list.length].words);
				out.next.push(sum(count().map(({ bytes }) => bytes)) - had);
			}
			await context.close();
		}
	}
	await server.stop();
	return out;
}
async function search(all) {
	const asked = [...all].map(([language, list]) => [language, questions(list)]);
	const ours = hasSearch ? await askAll(engines.ours, asked, all) : null;
	const peer = hasPagefind ? await askAll(engines.pagefind, asked, all) : null;
	if (!ours)
		return console.log('# search: the site has none');
	const both = (what, of, target, way) => say(what, of(ours), peer ? of(peer) : '-', target, way);
	both('first search, median, bytes', ({ cold }) => median(cold), 30000);
	both('first search, 95 of 100, bytes', ({ cold }) => quantile(cold, 0.95), 45000);
	both('next search, median, bytes', ({ next }) => median(next), 25000);
	both('requests of a first search, most', ({ requests }) => Math.max(...requests), 8);
	both('  of it the program, bytes', ({ script }) => median(script), 5000);
	const index = async (root, name) => {
		let bytes = 0;
		for (const file of await readdir(join(root, name), { recursive: true, withFileTypes: true }))
			if (file.isFile() && !/\.(gz|br)$/.test(file.name))
				bytes += await sizeOf(file.parentPath ?? file.path, file.name);
		return bytes;
	};
	say('  index of all languages, bytes', await index(site, 'search'), peer ? await index(peerSite, 'pagefind') : '-');
	for (const [language, list] of asked) {
		const share = (of) => (100 * of.hits[language] / list.length).toFixed(1);
		say(`known record among the first 10, ${language}, ${list.length} questions, %`, share(ours), peer ? share(peer) : '-', peer ? share(peer) : '-', 'least');
	}
}

// How many of the first ten are what somebody looked for, with one page open for all questions of a language.
async function remembered(engine, language, list) {
	const server = serverOf(engine.root), missed = [];
	await server.start();
	const context = await browser.newContext({ serviceWorkers: 'block' }), page = await context.newPage();
	await page.goto(server.url + (engine.start(language) ?? list[0][1]), { waitUntil: 'load' });
	for (const [words, path] of list) {
		await engine.ask(page, words);
		if (!(await engine.found(page)).some((address) => address.endsWith(`/${path}`)))
			missed.push(words);
	}
	await context.close();
	await server.stop();
	return { share: (100 * (1 - missed.length / list.length)).toFixed(1), missed };
}
async function recall() {
	for (const language of languages) {
		const text = await readFile(join(content, `${language}.tsv`), 'utf8').catch(() => '');
		const list = text.split('\n').filter(Boolean).map((line) => line.split('\t'));
		const lost = list.find(([, path]) => !existsSync(join(site, path ?? '-')));
		if (lost)
			throw new Error(`${language}.tsv asks for ${lost[1]}, which the site has not`);
		if (!list.length)
			continue;
		const ours = await remembered(engines.ours, language, list);
		const peer = hasPagefind ? await remembered(engines.pagefind, language, list) : null;
		say(`found among the first 10, demonstration, ${language}, ${list.length} asked, %`, ours.share,
			peer?.share, peer?.share ?? '-', 'least');
		for (const [name, of] of [['ours', ours], ['pagefind', peer]])
			if (of?.missed.length)
				console.log(`# ${language}, ${name} misses: ${of.missed.join(' | ')}`);
	}
}

// --- slow lines ---
// Each visit has a line of its own: some can be at once where most of the time is waiting.
let relays = 0;
async function line(server, { rate, delay }) {
	const counts = join(folder, `line.${++relays}`);
	await rm(`${counts}.port`, { force: true });
	const relay = spawn(proxy, ['-r', rate, '-d', delay, counts, server.port], { stdio: 'ignore' });
	for (let port = ''; ; port = await readFile(`${counts}.port`, 'utf8').catch(() => ''))
		if (port)
			return { url: `http://127.0.0.1:${port.trim()}/`, close: () => relay.kill() };
		else
			await new Promise((done) => setTimeout(done, 20));
}
// A browser that has seen nothing yet, as most people's: with a profile of its own Chromium opens two connections
// when somebody goes to a page, where the style sheet need not wait for one. In a private window, which all
// contexts of one browser are, it opens the second when it is wanted.
async function visitor(isPrivate) {
	const options = { serviceWorkers: 'block' };
	const profile = !isPrivate && await mkdtemp(join(folder, 'profile.'));
	const context = profile ? await chromium.launchPersistentContext(profile, { ...launch, ...options }) : await browser.newContext(options);
	context.setDefaultTimeout(180000);
	return { page: await context.newPage(), async close() {
		await context.close();
		if (profile)
			await rm(profile, { recursive: true, force: true, maxRetries: 5 });
	} };
}
// The median of what `how` says of each of the list, in seconds.
async function timed(what, root, at, list, how, { isPrivate = false, atOnce = 1 } = {}) {
	const server = serverOf(root), out = [], begun = performance.now();
	await server.start();
	for (let i = 0; i < list.length; i += atOnce) {
		const visits = await Promise.all(list.slice(i, i + atOnce).map(async (one) =>
			({ one, line: await line(server, at), ...await visitor(isPrivate) })));
		out.push(...await Promise.all(visits.map(({ one, line: { url }, page }) => how(page, url, one))));
		for (const visit of visits) {
			await visit.close();
			visit.line.close();
		}
	}
	await server.stop();
	console.log(`# ${what.trim()}${root === site ? '' : ', peer'}: ${Math.min(...out).toFixed(2)} to ${Math.max(...out).toFixed(2)} s, ${
		out.length} visits in ${seconds(begun).toFixed()} s`);
	return median(out).toFixed(2);
}
const seconds = (begun) => (performance.now() - begun) / 1000;
async function lines(all) {
	const some = [...all].flatMap(([language, list]) => [list[0], list[list.length >> 1]].map((record) => ({ language, record })));
	const load = (pageOf) => async (page, url, { language, record }) => {
		await page.goto(url + pageOf(language, record), { waitUntil: 'load' });
		return page.evaluate(() => performance.getEntriesByType('navigation')[0].loadEventEnd / 1000);
	};
	const find = (start) => async (page, url, { language, words }) => {
		await page.goto(`${url}${language}/${start}`, { waitUntil: 'load' });
		await page.fill('#q', words);
		const begun = performance.now();
		await page.keyboard.press('Enter');
		await page.waitForSelector('#found li a');
		return seconds(begun);
	};
	const findAtPeer = async (page, url, { language, record, words }) => {
		await page.goto(url + peerPage(language, record), { waitUntil: 'load' });
		const begun = performance.now();
		await engines.pagefind.ask(page, words);
		return seconds(begun);
	};
	for (const at of LINES) {
		const row = async (what, ours, theirs, list, target, options) => say(what, await timed(what, site, at, list, ours, options),
			theirs && await timed(what, peerSite, at, list, theirs, options), target);
		await row(`a record, ${at.name}, s`, load(ourPage), peerSite && load(peerPage), some, at.page);
		await row(`  in a private window, ${at.name}, s`, load(ourPage), peerSite && load(peerPage), some, '-', { isPrivate: true });
		if (!hasSearch)
			continue;
		const asked = [...all].flatMap(([language, list]) => questions(list).slice(0, at.searches).map((question) => ({ language, ...question })));
		await row(`a first search, page shown, ${at.name}, s`, find('search.html'), hasPagefind && findAtPeer, asked, at.search, at);
		await row(`  from the home page's field, ${at.name}, s`, find('index.html'), null, asked, '-', at);
	}
}

const all = wanted === 'recall' ? null : await records();
const launch = { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] };
const browser = await chromium.launch(launch);
try {
	for (const [name, run] of Object.entries({ weight, clicks, search, lines, recall }))
		if (wanted.split(',').includes(name))
			await run(all);
} finally {
	await browser.close();
}
