// SPDX-License-Identifier: Apache-2.0
// What was read stays readable without a network. VERSION, SHELL and HOMES stand before this.
'use strict';
const OWN = `belfry-shell:${VERSION}`, READ = 'belfry-read', READ_MOST = 300;

addEventListener('install', (event) => event.waitUntil(
	caches.open(OWN).then((cache) => cache.addAll(SHELL)).then(() => skipWaiting())));
addEventListener('activate', (event) => event.waitUntil(
	caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith('belfry-shell:') && name !== OWN)
		.map((name) => caches.delete(name)))).then(() => clients.claim()).then(homes)));
// One after the other, so that whoever reads meanwhile hardly waits.
async function homes() {
	const cache = await caches.open(OWN);
	for (const home of HOMES)
		await cache.add(home).catch(() => {});
}

// Where it stands already, so that a page that was kept stays fresh; else among what was read.
async function remember(request, response) {
	const name = new URL(request.url);
	name.search = name.hash = '';
	for (const cache of await caches.keys())
		if (cache.startsWith('belfry-') && cache !== READ && await (await caches.open(cache)).match(name))
			return (await caches.open(cache)).put(name, response);
	const read = await caches.open(READ);
	await read.put(name, response);
	for (const old of (await read.keys()).slice(0, -READ_MOST))
		await read.delete(old);
}

async function answer(event) {
	const { request } = event;
	const had = await caches.match(request, { ignoreSearch: true });
	if (had && /\.(css|js|svg)$/.test(new URL(request.url).pathname) && await (await caches.open(OWN)).match(request))
		return had;
	const now = fetch(request).then((response) => {
		if (response.ok && response.type === 'basic' && !response.redirected)
			event.waitUntil(remember(request, response.clone()));
		return response;
	});
	if (!had)
		return now;
	event.waitUntil(now.catch(() => {}));
	return had;
}
addEventListener('fetch', (event) => {
	const { request } = event;
	if (request.method === 'GET' && request.url.startsWith(registration.scope) && !request.headers.has('range') &&
		/(\/|\.(html|css|js|svg))$/.test(new URL(request.url).pathname))
		event.respondWith(answer(event));
});
