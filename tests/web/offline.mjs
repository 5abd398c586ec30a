// SPDX-License-Identifier: Apache-2.0
// Without a server: what was read, all home pages, and a list that somebody kept.
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { htmlPages } from './pages.mjs';

const SHELL = 15 * 1024;

export default async function ({ check, must, open, server, site, languages, browser }) {
	const paths = await htmlPages(site);
	const record = paths.find((path) => /^[a-z]{2}\/good-practice\/[^/]+\.[^/]+\.html$/.test(path));
	const list = paths.filter((path) => new RegExp(`^${record.slice(0, 2)}/theme/[a-z-]+\\.html$`).test(path))
		.find((path) => !path.endsWith('/index.html'));
	const rows = paths.find((path) => new RegExp(`^${record.slice(0, 2)}/country/[a-z-]+\\.html$`).test(path) && !path.endsWith('/index.html'));
	const ready = (page) => page.evaluate(() => navigator.serviceWorker.ready.then(() =>
		navigator.serviceWorker.controller || new Promise((done) =>
			navigator.serviceWorker.addEventListener('controllerchange', done))).then(() => true));

	const kept = (page, urls) => page.evaluate(async (all) => {
		for (let tries = 0; tries < 600; tries++) {
			const had = await Promise.all(all.map((url) => caches.match(url)));
			if (had.every(Boolean))
				return;
			await new Promise((done) => setTimeout(done, 100));
		}
		throw new Error(`not all is kept of ${all.join(' ')}`);
	}, urls);

	await check('without a server: what was read, all home pages, a list that was kept', async () => {
		server.sent.length = 0;
		const { page, close } = await open(record, { worker: true });
		let bytes = 0, homes = 0, links;
		try {
			await ready(page);
			const own = `/${record.slice(0, 2)}/index.html`;
			// Before it takes over, the worker has the home page in the language that is read.
			must(await page.evaluate((home) => caches.match(home).then(Boolean), server.url + own.slice(1)), 'the home page is not there at once');
			const sum = (wanted) => server.sent.filter(({ path, by }) => by === 'empty' && wanted(path)) // what the worker fetches
				.reduce((all, { bytes: one }) => all + one, 0);
			bytes = sum((path) => !path.endsWith('.html') || path === own);
			// Among them the page that was read first, before there was a worker.
			await kept(page, [record, ...languages.map((language) => `${language}/index.html`)].map((path) => server.url + path));
			homes = sum((path) => path.endsWith('index.html') && path !== own);
			links = [];
			for (const path of [rows, list]) {
				await page.goto(server.url + path);
				await page.click('#keep button');
				await page.waitForFunction(() => /\d/.test(document.getElementById('keep').textContent), null, { timeout: 60000 });
				links.push(...(await page.$$eval('main .cards h3 a, main .lines a', (all) => all.map(({ href }) => href))).slice(0, 5));
			}
			await server.stop();
			for (const language of languages) {
				await page.goto(`${server.url}${language}/index.html`);
				must(await page.locator('h1').count(), `${language}/index.html is not there`);
			}
			await page.goto(server.url + record);
			must(await page.locator('main h1').count(), 'what was read is not there');
			for (const url of links) {
				await page.goto(url);
				must(await page.locator('main h1').count(), `${url} is not there, which was kept`);
			}
			await page.goto(server.url + list);
			must(await page.evaluate(() => getComputedStyle(document.querySelector('.top')).display && document.styleSheets[0].cssRules.length),
				'there is no style');
		} finally {
			await server.start();
		}
		await page.goto(`${server.url}${record.slice(0, 2)}/saved.html`);
		await page.waitForSelector('#kept a');
		const named = await page.$$eval('#kept a', (all) => all.map(({ href }) => href));
		must(!await page.locator('#needs').count(), 'it says what it needs where it has that');
		must([rows, list].every((path) => named.includes(server.url + path)), `the list of kept pages has only ${named}`);
		for (const left of [1, 0]) {
			await page.click('#kept button');
			await page.waitForFunction((n) => document.querySelectorAll('#kept a').length === n, left);
		}
		await close();
		must(bytes && bytes <= SHELL, `the shell takes ${bytes} bytes`);
		return `shell ${bytes} bytes with a home page, then the others ${homes}; ${links.length} pages of kept lists opened`;
	});

	await check('from the files, nothing is missed', async () => {
		const context = await browser.newContext();
		const page = await context.newPage();
		const wrong = [];
		page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
		page.on('pageerror', (error) => wrong.push(String(error)));
		for (const path of [record, list, `${record.slice(0, 2)}/saved.html`]) {
			await page.goto(String(pathToFileURL(join(realpathSync(site), path))));
			must(!await page.locator('#keep button').count(), 'it offers what it cannot do');
			must(!path.endsWith('saved.html') || await page.locator('#needs').isVisible(), 'it does not say what it needs');
		}
		await context.close();
		must(!wrong.length, wrong.join('; '));
	});
}
