const VERSION = "b02ea51db246591a0199f19a5f008c8d", SHELL = ["style.css", "offline.js", "favicon.svg"], HOMES = ["en/index.html", "fr/index.html"];
'use strict';
const OWN = `belfry-shell:${VERSION}`, READ = 'belfry-read', READ_MOST = 300;
const PAGE = /(\/|\.html)$/;
async function install() {
const open = await clients.matchAll({ includeUncontrolled: true, type: 'window' });
const isRead = (home) => open.some(({ url }) => url.startsWith(new URL(home.replace('index.html', ''), registration.scope)));
await (await caches.open(OWN)).addAll([...SHELL, ...HOMES.filter(isRead)]);
await skipWaiting();
}
async function activate() {
for (const name of await caches.keys())
if (name.startsWith('belfry-shell:') && name !== OWN)
await caches.delete(name);
await clients.claim();
for (const { url } of await clients.matchAll({ type: 'window' })) {
const page = PAGE.test(new URL(url).pathname) && await fetch(url, { cache: 'force-cache' }).catch(() => {});
if (page?.ok)
await remember({ url }, page);
}
const cache = await caches.open(OWN);
for (const home of navigator.connection?.saveData ? [] : HOMES)
await cache.match(home) ?? await cache.add(home).catch(() => {});
}
addEventListener('install', (event) => event.waitUntil(install()));
addEventListener('activate', (event) => event.waitUntil(activate()));
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
