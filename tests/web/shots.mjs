// SPDX-License-Identifier: Apache-2.0
// Pictures of a site, to look at: node shots.mjs SITE OUT [PAGE…]
// Each PAGE below a language's folder, without any one of each kind; in all languages, at 360 and 1280
// pixels, light and dark: OUT/<language>-<page>-<width>-<light|dark>.png, their names on standard output.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { languagesOf, samples } from './pages.mjs';
import { Server } from './server.mjs';

const TALLEST = 4000; // pixels: the end of a long list shows nothing new
const [site, out, ...wanted] = process.argv.slice(2);
const languages = await languagesOf(site);
const paths = wanted.length
	? wanted.flatMap((page) => languages.map((language) => `${language}/${page}`)).filter((path) => existsSync(join(site, path)))
	: (await samples(site, languages, true)).map(({ path }) => path);
await mkdir(out, { recursive: true });

const server = new Server(site);
await server.start();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
for (const path of paths) {
	await page.goto(server.url + path);
	for (const width of [360, 1280])
		for (const colorScheme of ['light', 'dark']) {
			await page.emulateMedia({ colorScheme });
			await page.setViewportSize({ width, height: 900 });
			const tall = await page.evaluate(() => document.documentElement.scrollHeight);
			await page.setViewportSize({ width, height: Math.min(tall, TALLEST) });
			const name = `${path.replace(/\.html$/, '').replace(/[/.]/g, '-')}-${width}-${colorScheme}.png`;
			await page.screenshot({ path: join(out, name) });
			console.log(join(out, name));
		}
}
await browser.close();
await server.stop();
