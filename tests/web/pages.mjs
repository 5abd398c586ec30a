// SPDX-License-Identifier: Apache-2.0
// Which pages a site has, and which of them stand for all that are made alike.
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';

export async function htmlPages(folder) {
	const root = await realpath(folder);
	const names = await readdir(root, { recursive: true });
	return names.filter((name) => name.endsWith('.html') && !name.startsWith('belfry/')).sort();
}

// "fr/good-practice/x.html" and "ar/good-practice/y.html" are made alike: "good-practice/*". So are all
// lists narrowed to a region, and all later pages of a long list.
function kindOf(path) {
	const parts = path.split('/');
	if (parts.length === 1)
		return path;
	const name = parts.at(-1);
	const folder = parts.slice(1, -1).join('/');
	if (/_\d+\.html$/.test(name))
		return '*/*_n';
	if (/(^|\.)in_/.test(name))
		return folder === 'theme' ? 'theme/*.in_*' : '*/in_*';
	if (!folder || name === 'index.html')
		return `${folder}/${name}`;
	return name.split('.').length > 2 ? `${folder}/*.*` : `${folder}/*`;
}

// One page a kind and language, as rounds: in each round every kind comes once, in the next language.
// Only `all` has more than one round.
export async function samples(folder, languages, all) {
	const kinds = new Map();
	for (const path of await htmlPages(folder)) {
		const kind = kindOf(path);
		if (!kinds.has(kind))
			kinds.set(kind, []);
		kinds.get(kind).push(path);
	}
	const out = [];
	for (let round = 0; round < (all ? languages.length : 1); round++) {
		let turn = round;
		for (const [kind, paths] of kinds) {
			const language = languages[turn++ % languages.length];
			const own = kind.includes('/') ? paths.filter((path) => path.startsWith(`${language}/`)) : round ? [] : paths;
			if (own.length) // the longest name is the one that breaks things
				out.push({ kind, round, path: own.reduce((a, b) => (b.length > a.length ? b : a)) });
		}
	}
	return out;
}

export async function languagesOf(folder) {
	const root = await realpath(folder);
	const names = await readdir(root, { withFileTypes: true });
	return names.filter((name) => name.isDirectory() && /^[a-z]{2}$/.test(name.name)).map((name) => name.name);
}

export const read = (folder, path) => readFile(join(folder, path), 'utf8');
