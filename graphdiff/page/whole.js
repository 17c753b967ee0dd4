// A document of its own: everything in it belongs to the page.

const root = document;
const data = JSON.parse(document.getElementById("data").textContent);
