// Takes new keys off the page when their time is over. The server no longer sends them then.
for (const element of document.querySelectorAll("[data-seconds-left]")) {
  const { secondsLeft, afterwards } = element.dataset;
  const replacement = document.createElement("span");
  replacement.className = "value choice";
  replacement.textContent = afterwards;
  setTimeout(() => (afterwards ? element.replaceWith(replacement) : element.remove()), secondsLeft * 1000);
}
