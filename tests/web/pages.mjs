// SPDX-License-Identifier: Apache-2.0
// Which pages a site has, and which of them stand for all that are made alike.
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';

export async function htmlPages(folder) {
	const root = await realpath(folder);
	const names = await readdir(root, { recursive: true });
	return names.filter((name) => name.endsWith('.html') && !name.startsWith('belfry/')).sort();
}

// "fr/good-practice/x.html" and "ar/good-practice/y.html" are made alike: "good-practice/*".
function kindOf(path) {
	const parts = path.split('/');
	if (parts.length === 1)
		return path;
	const name = parts.at(-1);
	const folder = parts.slice(1, -1).join('/');
	if (!folder || /^index(_\d+)?\.html$/.test(name))
		return `${folder}/${name.replace(/_\d+/, '_n')}`;
	return `${folder}/*`;
}

// One page a kind and language; `all` gives each of them, else languages take turns.
export async function samples(folder, languages, all) {
	const kinds = new Map();
	for (const path of await htmlPages(folder)) {
		const kind = kindOf(path);
		if (!kinds.has(kind))
			kinds.set(kind, []);
		kinds.get(kind).push(path);
	}
	const out = [];
	let turn = 0;
	for (const [kind, paths] of kinds) {
		const wanted = all ? languages : [languages[turn++ % languages.length]];
		if (!kind.includes('/') || paths[0].indexOf('/') < 0) {
			out.push({ kind, path: paths[0], language: '' });
			continue;
		}
		for (const language of wanted) {
			const own = paths.filter((path) => path.startsWith(`${language}/`));
			if (own.length) // the longest name is the one that breaks things
				out.push({ kind, language, path: own.reduce((a, b) => (b.length > a.length ? b : a)) });
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
