// SPDX-License-Identifier: Apache-2.0
// The search, over HTTP and from the files themselves.
import { readFile } from 'node:fs/promises';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { htmlPages } from './pages.mjs';

const BUDGET = { cold: 25000, next: 20000, requests: 8, script: 5000 };

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

	await check('lists are found by their names, in every language', async () => {
		let asked = 0;
		for (const language of languages) {
			const { page, close } = await open(`${language}/search.html`);
			const cities = (await htmlPages(real)).filter((path) => new RegExp(`^${language}/city/[a-z]{2}-[a-z-]+\\.html$`).test(path));
			const lists = [];
			for (const path of cities.filter((_, i) => i % Math.ceil(cities.length / 5) === 0))
				lists.push([path, (await readFile(join(real, path), 'utf8')).match(/<h1>([^<]+)<\/h1>/)[1]]);
			for (const facet of ['theme', 'region'])
				lists.push(...await page.$$eval(`select[name=${facet}] option`, (options, folder) => options.filter(({ value }) => value).slice(0, 3)
					.map(({ value, text }) => [`${folder}/${value}.html`, text]), `${language}/${facet}`));
			must(lists.length > 3, `${language} has no lists`);
			for (const [path, name] of lists) {
				await page.fill('#q', name);
				await page.keyboard.press('Enter');
				const { found } = await answer(page);
				const profile = path.replace(/city\/(.*)\.html/, 'city-profile/$1.');
				must(found.some((is) => is === path || is.startsWith(profile)), `"${name}" gives ${found.join(' ') || 'nothing'}, not ${path}`);
				must(found.every((is) => existsSync(join(real, is))), `a list of ${name} is not there`);
				asked++;
			}
			await close();
		}
		return `${asked} names`;
	});

	await check('a word is found as either side of the ocean spells it', async () => {
		if (!known.has('en'))
			return 'there is no English';
		const { page, close } = await open('en/search.html');
		const ask = async (word) => {
			await page.fill('#q', word);
			await page.keyboard.press('Enter');
			return (await answer(page)).count;
		};
		let found = 0;
		for (const [ours, theirs] of [['organisation', 'organization'], ['programme', 'program'], ['centre', 'center'], ['neighbourhood', 'neighborhood'], ['dialogue', 'dialog'], ['defence', 'defense']]) {
			const count = await ask(ours);
			must(await ask(theirs) === count, `"${ours}" and "${theirs}" do not find the same`);
			found += parseInt(count, 10) > 0;
		}
		must(found > 2, 'such words are not in the texts');
		await close();
	});

	await check('a short word is not taken for another', async () => {
		for (const language of known.keys()) {
			const { page, close } = await open(`${language}/search.html`);
			for (const word of ['labor', 'kids', 'مراكش', 'عمان', 'xqzw']) {
				await page.fill('#q', word);
				await page.keyboard.press('Enter');
				const { mean } = await answer(page);
				const instead = mean.split(' ').at(-1);
				must(!mean || instead.length > word.length - 2, `"${word}" is taken for "${instead}"`);
			}
			await close();
		}
	});

	await check('who asks for no word finds the newest first', async () => {
		const { records: all } = JSON.parse(await readFile(join(real, 'data/catalog.json'), 'utf8'));
		const months = new Map(all.map((one) => [`${one.type}/${one.place}.${one.id}`, (one.date ?? '').slice(0, 7)]));
		const { page, close } = await open(`${languages[0]}/search.html`);
		const region = await page.$$eval('select[name=region] option', (options) => options.at(-1).value);
		await page.selectOption('select[name=region]', region);
		await page.waitForFunction((is) => location.search.includes(`region=${is}`), region);
		const { found } = await answer(page);
		const dates = found.map((path) => months.get(path.slice(3).replace('_/', '/').replace('.html', '')) ?? '');
		must(dates.length > 1 && dates.some(Boolean), `${region}: no dates`);
		must(dates.join() === [...dates].sort().reverse().join(), `${region}: ${dates.join(' ')}`);
		await close();
	});

	await check('who comes back from a result finds the list as it was', async () => {
		const language = [...known.keys()][0];
		const { page, close } = await open(`${language}/search.html`);
		for (const region of await page.$$eval('select[name=region] option', (options) => options.map(({ value }) => value).filter(Boolean))) {
			await page.selectOption('select[name=region]', region);
			await page.waitForFunction((is) => location.search.includes(`region=${is}`), region);
			await answer(page);
			if (await page.isVisible('#more'))
				break;
		}
		for (let i = 0; i < 2 && await page.isVisible('#more'); i++) {
			const had = await page.locator('#found li').count();
			await page.click('#more');
			await page.waitForFunction((n) => document.querySelectorAll('#found li').length > n + 5 || document.getElementById('more').hidden, had);
		}
		const n = await page.locator('#found li').count();
		await page.locator('#found a').last().scrollIntoViewIfNeeded();
		const top = await page.evaluate(() => scrollY);
		await page.locator('#found a').last().click();
		await page.waitForURL(/\/[^/]+\.[^/]+\.html$/);
		await page.goBack();
		await answer(page);
		must(n > 4 && await page.locator('#found li').count() === n, `of ${n} results ${await page.locator('#found li').count()} are left`);
		await page.waitForFunction((is) => Math.abs(scrollY - is) < 50, top, { timeout: 5000 });
		await close();
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
			const idle = (await page.getAttribute('#found', 'data-stop')).split(' ').find((word) => word.length > 1);
			await page.goto(`${server.url}${language}/search.html?q=${encodeURIComponent(idle)}`);
			must(!(await answer(page)).found.length && await page.isVisible('#none'), `${language} finds everything for a word that says nothing`);
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
