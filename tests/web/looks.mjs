// SPDX-License-Identifier: Apache-2.0
// Pages as people see them: axe, what scrolls sideways or is cut off, the weight of a first visit, in
// two widths, light and dark; once a kind also forced colours, paper and the keyboard. A visitor loads a page
// once and looks at it in turn: a new window and axe's 550 KB for each look would be most of the time.
import { availableParallelism } from 'node:os';
import { faults } from './faults.mjs';

const FIRST_VISIT = 13000; // bytes of HTML and CSS, compressed: one window of TCP
const LOOKS = [1280, 320].flatMap((width) => ['light', 'dark'].map((colour) => ({ width, colour })));
const PAPER = 718; // A4 between margins of 1 cm, in CSS pixels
const SPACED = '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}' +
	'p{margin-block-end:2em!important}'; // WCAG 1.4.12
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// What overflows sideways, or is cut off.
const tooWide = () => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1
	? [...document.querySelectorAll('body *')].filter((element) =>
		element.getBoundingClientRect().right > document.documentElement.clientWidth + 1 ||
		element.getBoundingClientRect().left < -1).slice(0, 2).map((element) => element.outerHTML.slice(0, 100)).join(' | ')
	: '';
const cutOff = () => [...document.querySelectorAll('body *')].filter((element) =>
	['hidden', 'clip'].includes(getComputedStyle(element).overflowY) && element.scrollHeight > element.clientHeight + 1 &&
	element.textContent.trim()).slice(0, 2).map((element) => element.outerHTML.slice(0, 100)).join(' | ');
// A title that runs the other way keeps to the side of its list.
const astray = () => [...document.querySelectorAll('.lines li > [dir]')].filter((title) => {
	const text = document.createRange(), row = title.parentNode.getBoundingClientRect();
	text.selectNodeContents(title);
	const { left, right } = text.getBoundingClientRect();
	return document.dir === 'rtl' ? row.right - right > 2 : left - row.left > 2;
}).slice(0, 2).map((title) => title.outerHTML.slice(0, 100)).join(' | ');
// Whoever scrolls a wide table sideways still sees of what each number is, and what the keyboard reaches.
const adrift = () => [...document.querySelectorAll('.matrix')].flatMap((table) => {
	const box = table.parentNode.getBoundingClientRect(), link = table.querySelector('tbody td a');
	table.parentNode.scrollLeft = document.dir === 'rtl' ? -9999 : 9999;
	const gone = [...table.querySelectorAll('tr > :first-child')].filter((head) => {
		const { left, right } = head.getBoundingClientRect();
		return left < box.left - 1 || right > box.right + 1;
	});
	link?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
	const { left, top, width, height } = link?.getBoundingClientRect() ?? table.getBoundingClientRect();
	if (link && !link.contains(document.elementFromPoint(left + width / 2, top + height / 2)))
		gone.push(link);
	table.parentNode.scrollLeft = 0;
	scrollTo(0, 0);
	return gone.slice(0, 2).map((element) => element.outerHTML.slice(0, 100));
}).join(' | ');
const controls = () => [...document.querySelectorAll('form, input, select, button, #keep')].filter((element) =>
	element.checkVisibility()).slice(0, 2).map((element) => element.outerHTML.slice(0, 100)).join(' | ');
// In forced colours, what is drawn takes the colours that the reader chose, by their names.
const painted = () => {
	const probe = document.body.appendChild(document.createElement('i'));
	const named = ['Canvas', 'CanvasText', 'LinkText', 'GrayText', 'Highlight', 'HighlightText', 'ButtonText'].map((name) => {
		probe.style.color = name;
		return getComputedStyle(probe).color;
	});
	probe.remove();
	return [...document.querySelectorAll('svg *')].filter((shape) => shape.getBBox && shape.checkVisibility() &&
		['fill', 'stroke'].some((way) => { // the text's colour is forced too, but what is computed does not say so
			const style = getComputedStyle(shape);
			return style[way].startsWith('rgb') && !named.includes(style[way]) &&
				(shape.getAttribute(way) !== 'currentColor' || style.forcedColorAdjust !== 'auto');
		})).slice(0, 3).map((shape) => `${shape.parentNode.getAttribute('class')}: ${shape.outerHTML.slice(0, 100)}`).join(' | ');
};
// Titles, names and facts without a space, as long as a title may be; not our own words.
const fillUp = () => {
	for (const element of document.querySelectorAll('.brand span, main :is(h1, h2, h3, p, li, li a, .facts dd, bdi)'))
		for (const text of element.childNodes)
			if (text.nodeType === Node.TEXT_NODE && text.data.trim() && !element.closest('.pager, .figures, table, .n'))
				text.data = 'W'.repeat(120);
};
const spaceOut = (text) => {
	const sheet = new CSSStyleSheet();
	sheet.replaceSync(text);
	document.adoptedStyleSheets = text ? [sheet] : [];
};

// Where the focus is: a number for each element, and what is wrong with showing it.
const stop = () => {
	const at = document.activeElement;
	if (at === document.body)
		return null;
	const seen = (element) => getComputedStyle(element).outlineStyle !== 'none';
	const box = at.getBoundingClientRect();
	at.dataset.stop ??= String(window.stops = (window.stops ?? 0) + 1);
	return { id: at.dataset.stop, wrong: !seen(at) && !(at.closest('.card') && seen(at.closest('.card'))) ? 'its focus is not seen'
		: box.bottom <= 0 || box.top >= innerHeight ? 'it is out of sight' : '', html: at.outerHTML.slice(0, 100) };
};

async function walk(page, must) {
	await page.keyboard.press('Tab');
	must(await page.evaluate(() => document.activeElement.matches('a.skip') || !document.querySelector('a.skip')),
		'the first stop is not the skip link');
	const wanted = await page.evaluate(() => [...document.querySelectorAll('a[href]:not([tabindex="-1"]), button, input, select, summary')]
		.filter((element) => element.checkVisibility()).length);
	const seen = new Set();
	for (let i = 0; i < wanted + 30 && seen.size < wanted; i++) {
		const at = await page.evaluate(stop);
		if (at) {
			must(!at.wrong, `${at.wrong}: ${at.html}`);
			seen.add(at.id);
		}
		await page.keyboard.press('Tab');
	}
	must(seen.size >= wanted, `the keyboard reaches ${seen.size} of ${wanted} stops`);
	return wanted;
}

export default async function ({ check, must, server, browser, axe, pages, all, until, languages }) {
	const heavy = { bytes: 0, path: '' };
	let requests = 0, stops = 0, late = 0, turn = 0, next = 0;

	// What a first visit costs: this visitor keeps nothing.
	function weigh(path, me) {
		const sent = server.sent.filter((file) => file.to === me && !file.path.endsWith('favicon.svg'));
		const bytes = sent.filter((file) => /\.(html|css)$/.test(file.path)).reduce((sum, file) => sum + file.bytes, 0);
		if (bytes > heavy.bytes)
			Object.assign(heavy, { bytes, path });
		requests = Math.max(requests, sent.length);
	}

	async function visitor(me) {
		const context = await browser.newContext({ serviceWorkers: 'block', extraHTTPHeaders: { 'x-visitor': me } });
		const page = await context.newPage();
		const line = await context.newCDPSession(page);
		await line.send('Network.setCacheDisabled', { cacheDisabled: true });
		const wrong = [];
		page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
		page.on('pageerror', (error) => wrong.push(String(error)));
		page.on('request', (request) => request.url().startsWith(server.url) || request.url().startsWith('data:') ||
			wrong.push(`asks ${request.url()}`));
		const violations = (rules) => page.evaluate((runOnly) => window.axe.run(document, { runOnly, resultTypes: ['violations'] })
			.then((result) => result.violations.map((violation) =>
				`${violation.id} x${violation.nodes.length}: ${violation.nodes[0].html.slice(0, 120)}`)), rules);
		// WIDTH, and what of media differs from a plain screen; what of it the page moves.
		const look = async (width, media) => {
			await page.setViewportSize({ width, height: 900 });
			await page.emulateMedia({ media: 'screen', colorScheme: 'light', forcedColors: 'none', reducedMotion: 'no-preference', ...media });
		};
		const none = (found, says) => must(!found.length, says + (Array.isArray(found) ? found.join('; ') : found));
		const go = async (path) => {
			wrong.length = 0;
			server.sent = server.sent.filter((file) => file.to !== me);
			await page.goto(server.url + path, { waitUntil: 'load' });
			await page.evaluate(axe);
		};

		return {
			async look(path, width, colour, isFirst) {
				await look(width, { colorScheme: colour, reducedMotion: colour === 'dark' ? 'reduce' : 'no-preference' });
				if (isFirst)
					await go(path);
				none(wrong, '');
				none(await page.evaluate(tooWide), 'scrolls sideways: ');
				none(await page.evaluate(adrift), 'scrolls away, or is hidden behind what does not: ');
				none(await page.evaluate(astray), 'a title is on the other side of its list: ');
				must(!await page.evaluate(() => document.getAnimations().length), 'something moves');
				none(await violations(TAGS), '');
				if (isFirst)
					weigh(path, me); // by now with what a page asks for after it is loaded
				if (width > 320 && all)
					return;
				await page.setViewportSize({ width: 320, height: 900 });
				await page.evaluate(spaceOut, SPACED);
				none(await page.evaluate(tooWide), 'scrolls sideways with its text spaced out: ');
				none(await page.evaluate(cutOff), 'cuts its text off when it is spaced out: ');
				await page.evaluate(spaceOut, '');
			},
			async forced() {
				await look(1280, { forcedColors: 'active' });
				none(await page.evaluate(painted), 'draws in colours of its own: ');
			},
			async paper() {
				await look(PAPER, { media: 'print' });
				none(await page.evaluate(tooWide), 'is wider than the paper: ');
				must(await page.evaluate(() => document.querySelector('h1').checkVisibility() &&
					!document.querySelector('.top, .bottom')?.checkVisibility()), 'prints its menus, or no title');
				none(await page.evaluate(controls), 'prints what can only be pressed: ');
				none(await violations(['color-contrast']), '');
			},
			async walk() {
				await look(1280, {});
				stops += await walk(page, must);
			},
			async longWords() { // the page is of no use after that
				await page.evaluate(fillUp);
				for (const width of [1280, 320]) {
					await look(width, {});
					none(await page.evaluate(tooWide), `scrolls sideways at ${width}: `);
				}
			},
			async faults(path) {
				await look(1280, {});
				await go(path);
				for (const fault of faults)
					await page.evaluate(fault.put);
				const found = await violations(TAGS);
				const missed = faults.map(({ rule }) => rule).filter((rule) => !found.some((text) => text.startsWith(`${rule} `)));
				none(missed, 'axe does not see ');
			},
			close: () => context.close(),
		};
	}

	// Rounds come in order, so what time leaves out is a page kind's other languages.
	async function takePages(me) {
		const eyes = await visitor(me);
		while (next < pages.length) {
			const { path, round } = pages[next++];
			const looks = all ? LOOKS : [LOOKS[turn++ % LOOKS.length]];
			if (Date.now() > until) {
				late += looks.length;
				continue;
			}
			let isFirst = true;
			for (const { width, colour } of looks) {
				await check(`${path} at ${width}, ${colour}`, () => eyes.look(path, width, colour, isFirst));
				isFirst = false;
			}
			if (!all || round)
				continue;
			await check(`${path} in forced colours`, eyes.forced);
			await check(`${path} on paper`, eyes.paper);
			await check(`${path} by keyboard`, eyes.walk);
			await check(`${path} with words that never end`, eyes.longWords);
		}
		await eyes.close();
	}

	await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, (_, i) => takePages(`v${i}`)));
	if (late)
		console.log(`skip    ${late} looks: the time given is over`);

	const one = await visitor('one');
	for (const language of languages)
		await check(`faults put in on purpose are found: ${language}`, async () => {
			await one.faults(`${language}/verify.html`);
			return `${faults.length} of ${faults.length}`;
		});
	const home = `${languages[0]}/index.html`;
	await check(`${home} in forced colours, on paper and by keyboard`, async () => {
		await one.look(home, 1280, 'light', true);
		await one.forced();
		await one.paper();
		await one.walk();
		return `${stops} stops${all ? ' on all pages' : ''}`;
	});
	await one.close();
	await check('a first visit to any kind of page is light', async () => {
		must(heavy.bytes <= FIRST_VISIT, `${heavy.path}: ${heavy.bytes} bytes, more than ${FIRST_VISIT}`);
		must(requests <= 3, `${requests} requests`);
		return `most ${heavy.bytes} bytes (${heavy.path}), ${requests} requests`;
	});
}
