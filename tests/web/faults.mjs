// SPDX-License-Identifier: Apache-2.0
// Faults put into a page on purpose: a check that sees none of them would be worth nothing.
export const faults = [
	{ rule: 'color-contrast', put: () => { document.querySelector('h1').style.cssText = 'color:#ccc;background:#fff'; } },
	{ rule: 'heading-order', put: () => { document.querySelector('main').insertAdjacentHTML('beforeend', '<h2>a</h2><h5>b</h5>'); } },
	{ rule: 'html-has-lang', put: () => { document.documentElement.removeAttribute('lang'); } },
	{ rule: 'image-alt', put: () => { document.querySelector('main').insertAdjacentHTML('beforeend', '<img src="data:,">'); } },
	{ rule: 'link-name', put: () => { document.querySelector('main').insertAdjacentHTML('beforeend', '<a href="#x"></a>'); } },
	{ rule: 'target-size', put: () => { // the site's policy forbids style in markup
		document.querySelector('main').insertAdjacentHTML('beforeend',
			'<nav aria-label="x"><ul><li><a href="#a">a</a><li><a href="#b">b</a><li><a href="#c">c</a></ul></nav>');
		document.querySelector('main > nav:last-child > ul').style.cssText = 'font-size:6px;line-height:7px;list-style:none';
	} },
];
