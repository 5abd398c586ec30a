// SPDX-License-Identifier: Apache-2.0
// The one script inside a page (markup/later.h): what no page needs to be read must not compete with it for a slow line.
addEventListener('load', () => document.head.appendChild(document.createElement('script'))
	.src = document.querySelector('[rel=stylesheet]').href.replace('style.css', 'offline.js'));
