// SPDX-License-Identifier: Apache-2.0
// The search, over HTTP and from the files themselves.
import { readFile } from 'node:fs/promises';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { htmlPages } from './pages.mjs';

const BUDGET = { cold: 25000, next: 20000, requests: 8, script: 4800 };

// Titles of documents in their own language, from their pages: {path, title}.
export async function documents(site, language, most) {
	const out = [];
	for (const path of await htmlPages(site)) {
		const [, type, place, id] = path.match(/^[a-z]{2}\/([a-z-]+)_?\/([a-z0-9-]+)\.([a-z0-9-]+)\.html$/) ?? [];
		if (!path.startsWith(`${language}/`) || !existsSync(join(site, 'records', place ?? '', type ?? '', id ?? '', `${language}.md`)))
			continue;
		const html = await readFile(join(site, path), 'utf8');
		const title = html.match(/<h1>([^<]+)<\/h1>/)?.[1];
		if (title)
			out.push({ path, title: title.replaceAll('&amp;', '&').replaceAll('&#39;', '’').replaceAll('&quot;', '"') });
		if (out.length === most)
			break;
	}
	return out;
}

// What the search page shows for a question: {count, found: [path], marks, mean}.
export async function answer(page) {
	await page.waitForFunction(() => document.getElementById('found').ariaBusy === 'false' &&
		(new URLSearchParams(location.search).get('q') ?? '') === document.getElementById('q').value.trim(), null, { timeout: 60000 });
	return page.evaluate(() => ({
		count: document.getElementById('count').textContent,
		mean: document.getElementById('mean').textContent,
		marks: document.querySelectorAll('#found mark').length,
		found: [...document.querySelectorAll('#found h3 a')].map((link) => link.href.replace(/^.*\/([a-z]{2}\/)/, '$1')),
	}));
}

export default async function ({ check, must, open, server, site, languages, browser }) {
	const real = realpathSync(site);
	const disk = `${pathToFileURL(real)}/`;
	const known = new Map();
	for (const language of languages) {
		const some = await documents(real, language, 400);
		if (some.length)
			known.set(language, some);
	}

	for (const [name, root] of [['a server', server.url], ['the files', disk]])
		await check(`the search finds what it is asked for, from ${name}`, async () => {
			let asked = 0;
			for (const [language, all] of known) {
				const context = await browser.newContext({ serviceWorkers: 'block' });
				const page = await context.newPage();
				const wrong = [];
				page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
				page.on('pageerror', (error) => wrong.push(String(error)));
				for (let i = 0; i < all.length; i += Math.ceil(all.length / 3)) {
					const { path, title } = all[i];
					await page.goto(`${root}${language}/search.html?q=${encodeURIComponent(title)}`);
					const { found, marks } = await answer(page);
					must(found[0] === path, `"${title}" gives ${found[0]} first, not ${path}`);
					must(marks > 0, `"${title}": no word is marked`);
					asked++;
				}
				await context.close();
				must(!wrong.length, wrong.join('; '));
			}
			return `${asked} titles`;
		});

	await check('results come as one types, and stay in the address', async () => {
		const [language, all] = [...known][0];
		const word = all.map(({ title }) => title.match(/[A-Za-z]{8,}/)?.[0]).find(Boolean);
		const { page, wrong, close } = await open(`${language}/search.html`);
		must(!await page.textContent('#count'), 'it finds something before it is asked');
		must(await page.isHidden('#how'), 'it says that it cannot work');
		await page.locator('#q').pressSequentially(word.slice(0, 6), { delay: 20 });
		const begun = await answer(page);
		must(begun.found.length && begun.marks, `"${word.slice(0, 6)}" finds nothing`);
		must(page.url().endsWith(`?q=${word.slice(0, 6)}`), `the address is ${page.url()}`);
		// Two letters exchanged.
		await page.locator('#q').fill(word.slice(0, 5) + word[6] + word[5] + word.slice(7));
		await page.keyboard.press('Enter');
		await page.waitForFunction(() => document.getElementById('mean').textContent);
		must((await answer(page)).found.length, 'a word with two letters exchanged finds nothing');
		await page.click('#mean a');
		await page.waitForLoadState('load');
		must((await answer(page)).found.length, 'what it meant finds nothing');
		must(!wrong.length, wrong.join('; '));
		await close();
	});

	await check('words are looked up while the index is on its way, and with a page that is older than it', async () => {
		const [language, all] = [...known][0];
		const title = all.map((one) => one.title).find((text) => /[\p{L}\p{M}]{6,}/u.test(text));
		const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
		let begin, isHeld = true;
		const hasBegun = new Promise((done) => begin = done);
		await page.route(/\/search\/[a-z]+\/\d+-[^/]*\.js$/, (route) => {
			begin();
			return route.continue();
		});
		await page.route(/\/index\.js$/, async (route) => {
			if (isHeld)
				await hasBegun; // for ever, where shards wait for the index
			await route.continue();
		});
		await page.goto(`${server.url}${language}/search.html?q=${encodeURIComponent(title)}`);
		const { found } = await answer(page);
		must(found.length, `"${title}" finds nothing`);
		isHeld = false;
		await page.route(/\/search\.html/, async (route) => {
			const html = await (await route.fetch()).text();
			must(/ data-ends="[^"]+"/.test(html), 'the page does not say which shards there are');
			await route.fulfill({ contentType: 'text/html', body: html.replace(/ data-ends="[^"]*"/, ' data-ends="b m"') });
		});
		await page.reload();
		const again = await answer(page);
		must(again.found.join() === found.join(), `"${title}" finds other things with an older page`);
		await page.context().close();
	});

	await check('a word with an error in its first letters finds what was meant', async () => {
		let asked = 0;
		for (const [language, all] of known) {
			const context = await browser.newContext({ serviceWorkers: 'block' });
			const page = await context.newPage();
			await page.goto(`${server.url}${language}/search.html`);
			for (const { path, title } of all.filter(({ title: is }) => /^\p{L}{7,}$/u.test(is)).slice(0, 2)) {
				const [a, b, c, ...rest] = title;
				// Two letters exchanged, one that is missing, one too many.
				for (const typed of [[b, a, c, ...rest], [b, c, ...rest], [a, a, b, c, ...rest]].map((is) => is.join(''))) {
					await page.fill('#q', typed);
					await page.keyboard.press('Enter');
					const { found } = await answer(page);
					must(found.includes(path), `"${typed}" gives ${found.join(' ') || 'nothing'}, not ${path}`);
					asked++;
				}
			}
			await context.close();
		}
		must(asked, 'no title is one word');
		return `${asked} words`;
	});

	await check('the search is narrowed by facets, and shows more on demand', async () => {
		const language = [...known.keys()][0];
		const { page, close } = await open(`${language}/search.html`);
		const all = {};
		for (const facet of ['type', 'theme', 'region']) {
			const values = await page.$$eval(`select[name=${facet}] option`, (options) => options.map(({ value }) => value).filter(Boolean));
			must(values.length, `no ${facet} to choose`);
			await page.selectOption(`select[name=${facet}]`, values[0]);
			all[facet] = values[0];
			await page.waitForFunction(([name, value]) => location.search.includes(`${name}=${value}`), [facet, values[0]]);
			if (facet === 'type') {
				const { found } = await answer(page);
				must(found.length && found.every((path) => path.split('/')[1].replace('_', '') === values[0]),
					`${values[0]} gives ${found[0]}`);
				const had = found.length;
				if (await page.isVisible('#more')) {
					await page.click('#more');
					await page.waitForFunction((n) => document.querySelectorAll('#found li').length > n, had);
					must(await page.evaluate((n) => document.activeElement === document.querySelectorAll('#found a')[n], had),
						'the first new result has not the focus');
				}
			}
		}
		await close();
	});

	await check('where nothing is found it says what to try, until something is', async () => {
		for (const [language, all] of known) {
			const { page, close } = await open(`${language}/search.html?q=qxzqxzqxz`);
			must(!(await answer(page)).found.length && await page.isVisible('#none'), `${language} gives no advice`);
			must(await page.locator('main .chips a[href^="region/"]').count(), `${language} leads to no region`);
			await page.fill('#q', all[0].title);
			await page.keyboard.press('Enter');
			must((await answer(page)).found.length && await page.isHidden('#none'), `${language} advises who has found something`);
			await close();
		}
	});

	await check('what exists only in other languages is found on demand', async () => {
		const most = [...known].sort((a, b) => b[1].length - a[1].length)[0];
		const other = languages.find((language) => language !== most[0] && (known.get(language)?.length ?? 0) < most[1].length);
		if (!other)
			return 'everything is in every language';
		const own = new Set((known.get(other) ?? []).map(({ path }) => path.slice(3)));
		const { path, title } = most[1].find((one) => !own.has(one.path.slice(3)));
		const { page, close } = await open(`${other}/search.html?q=${encodeURIComponent(title)}&all=1`);
		const { found } = await answer(page);
		must(found[0]?.slice(3) === path.slice(3), `"${title}" gives ${found[0]} first`);
		must(await page.getAttribute('#found h3', 'lang') === most[0], 'its language is not said');
		await close();
	});

	await check('without scripts the search page leads to the lists', async () => {
		for (const language of languages) {
			const { page, close } = await open(`${language}/search.html`, { script: false });
			must(await page.isVisible('#how'), 'it does not say that it needs scripts');
			must(await page.locator('main .chips a').count() > 2, 'no lists');
			await page.goto(`${server.url}${language}/index.html`);
			await page.fill('#q', 'x y');
			await page.keyboard.press('Enter');
			await page.waitForURL(/search\.html\?q=x\+y$/);
			await close();
		}
	});

	await check('a first search is light', async () => {
		const sizes = [], next = [];
		let requests = 0;
		for (const [language, all] of known)
			for (let i = 0; i < all.length; i += Math.ceil(all.length / 3)) {
				const words = (one) => one.title.match(/[\p{L}\p{M}]{4,}/gu)?.slice(0, 2).join(' ') ?? one.title;
				server.sent.length = 0;
				const { page, close } = await open(`${language}/search.html`);
				await page.fill('#q', words(all[i]));
				await page.keyboard.press('Enter');
				await answer(page);
				const sent = server.sent.splice(0).filter(({ path }) => path.endsWith('.js'));
				sizes.push(sent.reduce((sum, { bytes }) => sum + bytes, 0));
				requests = Math.max(requests, sent.length);
				must(sent.find(({ path }) => path === '/search.js').bytes <= BUDGET.script, 'the script is too large');
				await page.fill('#q', words(all[(i + 7) % all.length]));
				await page.keyboard.press('Enter');
				await page.waitForTimeout(200);
				await answer(page);
				next.push(server.sent.splice(0).reduce((sum, { bytes }) => sum + bytes, 0));
				await close();
			}
		const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
		must(Math.max(...sizes) <= BUDGET.cold, `${Math.max(...sizes)} bytes`);
		must(Math.max(...next) <= BUDGET.next, `${Math.max(...next)} bytes for the next`);
		must(requests <= BUDGET.requests, `${requests} requests`);
		return `median ${median(sizes)} bytes, most ${Math.max(...sizes)}; next ${median(next)}; ${requests} requests`;
	});
}
