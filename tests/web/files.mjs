// SPDX-License-Identifier: Apache-2.0
// The files alone, as they are without scripts: four links to every document, and valid HTML.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { htmlPages, read } from './pages.mjs';

const require = createRequire(import.meta.url);
const isDocument = (path) => /^[a-z]{2}\/[a-z-]+_?\/[a-z0-9-]+\.(?!in_)[a-z0-9-]+\.html$/.test(path);

export default async function ({ check, must, site, languages, pages }) {
	await check('every document is four links away, without scripts', async () => {
		let count = 0;
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
			const wanted = (await htmlPages(site)).filter((path) => path.startsWith(`${language}/`) && isDocument(path));
			const lost = wanted.filter((path) => !depth.has(path));
			must(wanted.length, `${language} has no documents`);
			must(!lost.length, `${lost.length} documents are out of reach, such as ${lost[0]}`);
			count += wanted.length;
		}
		return `${count} of ${count}`;
	});

	await check('a list says that nothing is in it only where that is so', async () => {
		const words = Object.fromEntries(await Promise.all(languages.map(async (language) =>
			[language, JSON.parse(await readFile(new URL(`../../content/strings/${language}.json`, import.meta.url), 'utf8')).ui])));
		let count = 0;
		for (const path of await htmlPages(site)) {
			const { none, missing_none: complete } = words[path.slice(0, 2)] ?? {};
			const section = (await read(site, path)).match(/<h2>[^<]* <bdi class="n">(\d+)<\/bdi><\/h2>\s*<p>([^<]*)<\/p>/);
			const later = /_\d+\.html$/.test(path);
			if (!none || !(section || later))
				continue;
			if (later)
				must(!(await read(site, path)).includes(`<p>${none}</p>`), `${path} says "${none}"`);
			else if ([none, complete].includes(section[2]))
				must(section[1] === '0', `${path} has ${section[1]} and says "${section[2]}"`);
			count += 1;
		}
		must(count, 'there is no such list');
		return `${count} pages`;
	});

	await check('later pages of a list have titles of their own', async () => {
		const titles = new Map();
		for (const path of await htmlPages(site)) {
			const [, list] = path.match(/^(.*?)(?:_\d+)?\.html$/), [, title] = (await read(site, path)).match(/<title>([^<]*)/);
			titles.set(list, [...titles.get(list) ?? [], title]);
		}
		const long = [...titles].filter(([, all]) => all.length > 1);
		must(long.length, 'no list has two pages');
		for (const [list, all] of long)
			must(new Set(all).size === all.length, `pages of ${list} are all "${all[0]}"`);
		return `${long.length} lists`;
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
}
