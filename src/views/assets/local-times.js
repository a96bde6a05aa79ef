// Times come in UTC; a browser knows the reader's own time.
for (const time of document.querySelectorAll("time")) {
  time.textContent = new Date(time.dateTime).toLocaleString("en", {
    dateStyle: "medium",
    timeStyle: "short",
  });
}
