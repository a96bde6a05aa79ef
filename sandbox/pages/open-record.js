// Clio's own URLs have the page after the #, which never reaches the server: /nc/#/matters/1834567.
// This script redirects the browser to the sandbox's page for the same record.

const RECORD = /^#\/(matters|contacts|activities|documents|folders)(?:\/(\d+))?(?:[/?]|$)/;
const USERS = /^#\/settings(?:\/|\?path=settings\/)users(?:\/(\d+))?(?:[/?]|$)/;

function pathOf(hash) {
  const clioPath = hash.replaceAll(/%2F/gi, "/");
  const [, kind, id] = RECORD.exec(clioPath) ?? [];
  if (kind) return id ? `/sandbox/${kind}/${id}` : `/sandbox/${kind}`;
  const users = USERS.exec(clioPath);
  if (users) return users[1] ? `/sandbox/users/${users[1]}` : "/sandbox/users";
  return "/";
}

location.replace(pathOf(location.hash));
addEventListener("hashchange", () => location.replace(pathOf(location.hash)));
