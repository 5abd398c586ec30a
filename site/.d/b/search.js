'use strict';
(() => {
const form = document.getElementById('find'), list = document.getElementById('found');
const count = document.getElementById('count'), mean = document.getElementById('mean');
const more = document.getElementById('more'), how = document.getElementById('how');
const none = document.getElementById('none');
const base = document.currentScript.src.replace(/search\.js$/, 'search/');
const here = document.documentElement.lang;
const CELL = 4, REACH = 6, LEVELS = 6, TITLE = 4, BLOCK = 32, FIRST = 4, REQUESTS = 6, NEXT = 10;
const WEIGHTS = [1, 2.5, 5, 10, 22, 40];
const files = {}, loads = {}, indexes = {};
window.belfrySearch = (name, ...data) => {
files[name] = data;
};
const load = (name) => loads[name] ??= new Promise((done) => {
if (files[name])
return done(files[name]);
const script = document.createElement('script');
script.src = `${base}${name}.js`;
script.onload = () => done(files[name]);
script.onerror = () => {
delete loads[name];
done();
};
document.head.append(script);
});
const numbers = (text) => {
const out = [];
for (let i = 0, n = 0, unit = 1; i < text.length; i++) {
let c = text.charCodeAt(i);
c -= c > 92 ? 36 : 35;
if (c < 45) {
out.push(n + c * unit);
n = 0;
unit = 1;
} else {
n += (c - 45) * unit;
unit *= 45;
}
}
return out;
};
const LIKE = { æ: 'ae', ð: 'd', ø: 'o', þ: 'th', đ: 'd', ı: 'i', ł: 'l', œ: 'oe', ß: 'ss', ς: 'σ',
ة: 'ه', ى: 'ي', ٱ: 'ا', ک: 'ك', ی: 'ي' };
const WORD = /[\p{L}\p{M}\p{Nd}\u200c\u200d]+/gu;
const fold = (word) => word.normalize('NFKD').toLowerCase().replace(/[\p{M}\u0640\u200c\u200d]/gu, '')
.replace(/[æðøþđıłœßςةىٱکی٠-٩۰-۹]/g, (c) => LIKE[c] ?? c.charCodeAt(0) % 16).slice(0, 24);
const ENDS = { tre: 'ter', gramme: 'gram', logue: 'log', ense: 'ence' };
const spell = (word) => word.replace(/(?<=..o)u(?=r)/g, '').replace(/(?<=[iy])z/g, 's')
.replace(/(tre|gramme|logue|ense)(?=s?$)/, (end) => ENDS[end]);
const PARTICLE = /^(?:[وبكف]ال|ال|لل|و)(?=...)/;
const forms = (word, lang) => {
if (lang === 'en')
word = spell(word);
const bare = word.replace(PARTICLE, '');
return bare === word ? [word] : word.length - bare.length > 1 ? [bare, word] : [word, bare];
};
const isReached = (form, stem) => form.startsWith(stem) && (form === stem ||
(stem.length >= CELL && form.length - stem.length <= REACH));
const begun = (lang, { bits, ends = '', stop = '' }) => ({ lang, bits, is: `${lang} ${bits} ${ends}`, ends: ends ? ends.split(' ') : [],
stop: new Set(stop.split(' ').map(fold)), at: new Map(), shards: {} });
let known = list?.dataset.bits && begun(here, list.dataset);
const indexOf = (lang) => indexes[lang] ??= readIndex(lang);
async function readIndex(lang) {
const file = await load(`${lang}/index`);
if (!file) {
delete indexes[lang];
return null;
}
const [data] = file;
let x = begun(lang, data);
if (x.is === known?.is)
x = known;
else if (lang === here) // the page is older
known = null;
const [slots, lengths, titles] = ['slots', 'lengths', 'titles'].map((name) => numbers(data[name]));
let slot = -1;
x.slots = slots.map((gap) => slot += gap + 1);
x.slots.forEach((is, i) => x.at.set(is, i));
x.titles = titles;
x.lengths = lengths.map((n) => 2 ** (n / 2));
x.mean = x.lengths.reduce((a, b) => a + b, 1) / (x.lengths.length || 1);
return x;
}
async function facetsOf(x) {
const file = await load(`${x.lang}/facets`);
if (x.facets || !file)
return x.facets;
const [{ types, regions, themes, ...data }] = file, theme = numbers(data.theme);
let t = 0;
return x.facets = {
type: numbers(data.type).map((n) => [types[n]]),
region: numbers(data.region).map((n) => [regions[n]]),
month: numbers(data.month),
theme: x.slots.map(() => {
const from = t + 1;
return theme.slice(from, t = from + theme[t]).map((n) => themes[n]);
}),
};
}
const shardAt = (x, text) => {
const cell = text.slice(0, CELL), at = x.ends.findIndex((end) => cell <= end);
return at < 0 ? x.ends.length : at;
};
const keysOf = (text = '') => {
let before = '';
return text.split(' ').filter(Boolean).map((entry) => {
let n = 1; // a last digit ends the number
while (entry.charCodeAt(n - 1) > 80)
n++;
const [, key, shown] = entry.slice(n).match(/^([^/=]*)(.*)/);
return [before = before.slice(0, numbers(entry.slice(0, n))[0]) + key, shown];
});
};
const shard = (x, at) => x.shards[at] ??= readShard(x, at);
async function readShard(x, at) {
const end = [...x.ends[at] ?? ''].map((c) => c < '\x80' ? c : `_${c.codePointAt(0).toString(16)}_`).join('');
const file = await load(`${x.lang}/${x.bits}-${end}`);
if (!file)
delete x.shards[at];
const places = file?.[1].split(' ');
return keysOf(file?.[0]).map(([key, shown], i) => {
const [stem, to] = key.split('>');
return { key: stem, to, places: places[i], shown: shown[0] === '=' ? shown.slice(1) : stem + shown.slice(1) };
});
}
function distance(a, b) {
if (b.length - a.length > 2 || a.length - b.length > 5)
return 9;
let last = [], row = [...Array(b.length + 1).keys()], least = 9;
for (let i = 1; i <= a.length; i++) {
const next = [i];
for (let j = 1; j <= b.length; j++) {
const same = a[i - 1] === b[j - 1];
next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + !same);
if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
next[j] = Math.min(next[j], last[j - 2] + 1);
}
last = row;
row = next;
if (i > a.length - 4 && i > 3)
least = Math.min(least, row[b.length] + (a.length - i) / 4);
}
return least;
}
const shardsOf = (x, form, isLast) => {
const from = shardAt(x, form), to = isLast && form.length > 2 ? shardAt(x, `${form}\uffff`) : from;
return [shard(x, from), ...to > from ? [shard(x, from + 1)] : []];
};
async function termsOf(x, word, isLast) {
const out = new Map(), seen = [], longer = [];
const put = (term, sure) => sure > (out.get(term)?.sure ?? 0) && out.set(term, { term, sure });
for (const form of forms(word, x.lang)) {
if (out.size)
break;
for (const part of shardsOf(x, form, isLast)) {
const terms = await part;
seen.push(...terms);
let longest;
for (const term of terms) {
if (term.to !== undefined) {
if (term.key === form)
for (const stem of await shard(x, shardAt(x, term.to)))
if (stem.key === term.to && stem.to === undefined)
put(stem, 1);
} else if (isReached(form, term.key)) {
longest = term;
put(term, 0.3);
} else if (form.length > 1 && term.key.startsWith(form)) {
const sure = 0.4 + 0.4 * form.length / term.key.length;
if (isLast)
put(term, sure);
else
longer.push([term, sure]);
}
}
if (longest)
put(longest, 1);
}
}
if (!out.size)
longer.forEach((of) => put(...of));
if (out.size || word.length < 4)
return { terms: [...out.values()] };
let best, least = word.length > 7 ? 3 : word.length > 5 ? 2 : 1.1;
for (const term of seen) {
const shown = fold(term.shown), near = Math.min(distance(word, shown), distance(word, term.key) + 0.5);
if (term.key.length < 3 || x.stop.has(shown) || x.stop.has(term.key))
continue;
if (near < least || (near === least && best && (term.places?.length ?? 0) > best.places.length)) {
best = term;
least = near;
}
}
if (least > 1) {
let is;
for (const key of x.near ??= keysOf((await load(`${x.lang}/near`))?.[0]).map(([key]) => key))
for (const form of forms(word, x.lang))
if (distance(form, key) < least) {
is = key;
least = distance(form, key);
}
if (is)
best = (await shard(x, shardAt(x, is))).find(({ key, to }) => key === is && to === undefined);
}
if (best?.to !== undefined) {
const shown = best.key;
best = { ...(await shard(x, shardAt(x, best.to))).find(({ key, to }) => key === best.to && to === undefined), shown };
}
return best ? { terms: [{ term: best, sure: 0.5 }], meant: best.shown } : { terms: [] };
}
const begin = (x, words, isTyping) => words.filter((word, i) => {
const isLast = isTyping && i === words.length - 1, is = word.length > 1 && (isLast || !x.stop.has(word));
if (is)
shardsOf(x, forms(word, x.lang)[0], isLast);
return is;
});
async function ask(x, words, isTyping) {
const scores = new Map(), stems = [], meant = [], asked = begin(x, words, isTyping);
for (const word of asked) {
const isLast = isTyping && word === words.at(-1), best = new Map();
const { terms, meant: instead } = await termsOf(x, word, isLast);
if (instead)
meant.push([word, instead]);
if (!terms.length && x.stop.has(word)) {
asked.length--;
continue;
}
for (const { term, sure } of terms) {
const places = term.at ??= numbers(term.places);
const rare = Math.log(1 + x.slots.length / places.length);
stems.push(term.key);
let slot = -1;
for (const n of places) {
slot += Math.floor(n / LEVELS) + 1;
const weight = WEIGHTS[n % LEVELS], i = x.at.get(slot);
if (i === undefined)
continue;
const inTitle = n % LEVELS >= TITLE ? 1 + 1 / (x.titles[i] || 1) : 1;
const score = sure * rare * inTitle * weight / (weight + 3 * (0.5 + 0.5 * x.lengths[i] / x.mean));
if (!(best.get(i) > score))
best.set(i, score);
}
}
for (const [i, score] of best) {
const was = scores.get(i) ?? [0, 0];
scores.set(i, [was[0] + score, was[1] + 1]);
}
}
const all = asked.length ? [...scores].filter(([, [, n]]) => 2 * n >= asked.length).map(([i, [score, n]]) => ({ x, i, score: score * (n / asked.length) ** 2 }))
: x.slots.map((_, i) => ({ x, i, score: 0 }));
return { all, stems, meant, asked };
}
const make = (name, text, ...inner) => {
const element = document.createElement(name);
if (text)
element.textContent = text;
element.append(...inner);
return element;
};
const typeOf = (href) => [...form.elements.type.options].find(({ value }) => value === href.replace(/_?\/[^.]+\.[^.]+\.html$/, ''))?.text;
function marked(name, text, state, lang) {
const element = make(name);
let at = 0;
for (const { 0: word, index } of text.matchAll(WORD)) {
const is = [fold(word), ...forms(fold(word), lang)].some((form) => state.stems.some((stem) => isReached(form, stem)) ||
state.words.some((typed) => form.startsWith(typed)));
if (!is)
continue;
element.append(text.slice(at, index), make('mark', word));
at = index + word.length;
}
element.append(text.slice(at));
return element;
}
async function cardOf({ x, i }, state) {
const slot = x.slots[i];
const file = await load(`${x.lang}/${x.bits}.${Math.floor(slot / BLOCK)}`);
const [title, summary, href, place] = file?.[0][slot] ?? ['…', '', '#', ''];
const link = marked('a', title, state, x.lang), item = make('li'), kicker = make('p'), type = typeOf(href);
link.href = href;
kicker.className = 'kicker';
kicker.append(...type ? [type, ' · '] : [], make('bdi', place));
item.className = 'card';
item.append(kicker, make('h3', '', link), marked('p', summary, state, x.lang));
if (x.lang !== here)
for (const element of [link.parentNode, item.lastChild]) {
element.lang = x.lang;
element.dir = x.lang === 'ar' ? 'rtl' : 'ltr';
}
return item;
}
let state = { shown: [], at: 0 }, turn = 0;
async function show(n) {
const now = state, part = now.shown.slice(now.at, now.at += n);
for (const card of part.map((hit) => cardOf(hit, now))) {
const item = await card;
if (now !== state)
return;
list.append(item);
}
more.hidden = now.at >= now.shown.length;
}
const keep = (url) => {
try {
history.replaceState(url ? null : [state.at, scrollY], '', url);
} catch { /* not from a disk */ }
};
const countText = (n) => {
const words = count.dataset, category = new Intl.PluralRules(here).select(n);
return (words[category] ?? words.other).replace('{n}', n.toLocaleString(here));
};
let had = 1; // loads by the last search that came to its end, and the index
async function search(isTyping, back) {
const mine = ++turn, given = new FormData(form), text = given.get('q').trim();
const words = (text.match(WORD) ?? []).map(fold);
const facets = ['type', 'theme', 'region'].filter((facet) => given.get(facet));
const query = new URLSearchParams([...given].filter(([, value]) => value));
list.ariaBusy = 'true';
keep(`${location.pathname}${query.size ? '?' : ''}${query}`);
if (!words.length && !facets.length) {
state = { shown: [], at: 0 };
list.replaceChildren();
count.textContent = mean.textContent = '';
more.hidden = none.hidden = true;
list.ariaBusy = 'false';
return;
}
const langs = [here, ...given.get('all') ? count.dataset.langs.split(' ').filter((lang) => lang !== here) : []];
const own = new Set();
let hits = [], stems = [], meant = [], asked = [];
indexOf(here);
if (known)
begin(known, words, isTyping);
for (const lang of langs) {
const x = await indexOf(lang);
if (mine !== turn)
return;
if (!x)
continue;
const found = await ask(x, words, isTyping), of = facets.length && await facetsOf(x) || {};
hits = hits.concat(found.all.filter(({ i }) => !own.has(x.slots[i]) &&
facets.every((facet) => of[facet]?.[i].includes(given.get(facet)))));
stems = stems.concat(found.stems);
if (lang === here)
({ meant, asked } = found);
x.slots.forEach((slot) => own.add(slot));
}
if (mine !== turn)
return;
if (!asked.length)
hits = facets.length ? hits.map((hit) => ({ ...hit, score: hit.x.facets?.month[hit.i] })) : [];
hits.sort((a, b) => b.score - a.score || a.x.slots[a.i] - b.x.slots[b.i]);
state = { shown: hits, at: 0, stems, words: asked };
list.replaceChildren();
count.textContent = countText(hits.length);
none.hidden = hits.length > 0;
mean.replaceChildren();
if (meant.length) {
const link = make('a', text.replace(WORD, (word) => meant.find(([is]) => is === fold(word))?.[1] ?? word));
const params = new URLSearchParams(query);
params.set('q', link.textContent);
link.href = `?${params}`;
mean.append(mean.dataset.mean, ' ', link);
}
const few = given.get('all') ? FIRST : Math.max(1, Math.min(FIRST, REQUESTS - (Object.keys(loads).length - had)));
await show(Math.max(few, back?.[0] ?? 0));
if (mine !== turn)
return;
had = Object.keys(loads).length;
list.ariaBusy = 'false';
if (back)
scrollTo(0, back[1]);
}
if (!form)
return;
for (const [name, value] of new URLSearchParams(location.search)) {
const field = form.elements[name];
if (field?.type === 'checkbox')
field.checked = true;
else if (field)
field.value = value;
}
let timer;
form.addEventListener('input', (event) => {
clearTimeout(timer);
timer = setTimeout(search, event.target.name === 'q' ? 150 : 0, event.target.name === 'q');
});
form.addEventListener('submit', (event) => {
event.preventDefault();
clearTimeout(timer);
search(true);
});
more.addEventListener('click', async () => {
const at = list.children.length;
await show(NEXT);
list.children[at]?.querySelector('a').focus();
});
form.elements.q.addEventListener('focus', () => indexOf(here)); // while somebody types
how.hidden = true;
const was = history.state;
addEventListener('pagehide', () => keep());
addEventListener('DOMContentLoaded', () => search(false, was));
})();
