// SPDX-License-Identifier: Apache-2.0
// The one script inside a page (markup/later.h): what no page needs to be read must not compete with it for a slow line.
// Every page has it, so no byte more than it needs. From a disk there is no host, and nothing may be imported.
onload=()=>location.host&&import(document.styleSheets[0].href+'/../offline.js')
