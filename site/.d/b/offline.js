'use strict';
(() => {
const root = new URL('.', document.styleSheets[0].href), KEPT = 'belfry-kept:';
const place = document.getElementById('keep'), list = document.getElementById('kept');
if (!('serviceWorker' in navigator) || !window.caches || !root.protocol.startsWith('http'))
return;
navigator.serviceWorker.register(new URL('sw.js', root)).catch(() => {});
const make = (name, text) => Object.assign(document.createElement(name), { textContent: text });
const linksOf = (page, url, selector) => [...page.querySelectorAll(selector)].map((link) => new URL(link.getAttribute('href'), url))
.filter(({ href, pathname }) => href.startsWith(root.href) && pathname.endsWith('.html')).map(({ origin, pathname }) => origin + pathname);
async function addresses() {
const here = location.origin + location.pathname, all = new Set(), lists = [here], seen = new Set(lists);
for (const url of lists) {
const page = url === here ? document : new DOMParser().parseFromString(await (await fetch(url)).text(), 'text/html');
linksOf(page, url, 'main .cards h3 a, main .profile a, main .lines a').forEach((link) => all.add(link));
for (const link of linksOf(page, url, 'main .pager a'))
if (!seen.has(link)) {
seen.add(link);
lists.push(link);
}
}
return [...lists, ...all];
}
async function button() {
const name = `${KEPT}${location.pathname}#${document.querySelector('h1').textContent.trim()}`, words = place.dataset;
const is = await caches.has(name), it = make('button', is ? words.drop : words.keep);
it.type = 'button';
it.addEventListener('click', async () => {
it.disabled = true;
if (is) {
await caches.delete(name);
} else {
try {
const urls = await addresses(), cache = await caches.open(name);
for (let at = 0; at < urls.length; at += 8)
await cache.addAll(urls.slice(at, at + 8));
} catch {
await caches.delete(name);
return place.replaceChildren(words.failed);
}
}
await button();
place.querySelector('button').focus();
});
place.replaceChildren(it, ' ', is ? words.kept.replace('{n}', (await (await caches.open(name)).keys()).length) : '');
}
async function show() {
const names = (await caches.keys()).filter((name) => name.startsWith(KEPT));
const items = await Promise.all(names.map(async (name) => {
const item = document.createElement('li'), drop = make('button', list.dataset.drop);
const [path, title] = name.slice(KEPT.length).split('#');
const link = Object.assign(make('a', title), { href: path });
const count = make('bdi', (await (await caches.open(name)).keys()).length);
drop.type = 'button';
drop.setAttribute('aria-label', `${list.dataset.drop}: ${title}`);
drop.addEventListener('click', async () => {
await caches.delete(name);
show();
});
count.className = 'n';
item.append(link, ' ', count, ' ', drop);
return item;
}));
list.replaceChildren(...items.length ? items : [make('li', list.dataset.none)]);
}
if (place)
button();
if (list)
show();
})();
