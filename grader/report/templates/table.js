// Sort a table by a column: click its header, or press Enter on it.
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th"), table = head.closest("table");
    const column = [...head.parentElement.children].indexOf(head);
    const up = head.getAttribute("aria-sort") === "descending" ? 1 : -1;
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up > 0 ? "ascending" : "descending");
    const key = row => row.children[column].dataset.value ?? row.children[column].textContent;
    const compare = (a, b) => {
      const [x, y] = [key(a), key(b)];
      return x !== "" && y !== "" && !isNaN(x) && !isNaN(y)
        ? x - y : x.localeCompare(y, undefined, {numeric: true});
    };
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort((a, b) => up * compare(a, b)));
  });
}
