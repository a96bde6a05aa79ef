// Clio keeps the place in its interface behind the #, which never reaches a server: /nc/#/matters/1834567.
// This sends the browser on to the sandbox's own page for it.

const RECORD = /^#\/(matters|contacts|activities|documents|folders)(?:\/(\d+))?(?:[/?]|$)/;
const USERS = /^#\/settings(?:\/|\?path=settings\/)users(?:\/(\d+))?(?:[/?]|$)/;

function pageFor(hash) {
  const place = hash.replaceAll(/%2F/gi, "/");
  const [, kind, id] = RECORD.exec(place) ?? [];
  if (kind) return id ? `/sandbox/${kind}/${id}` : `/sandbox/${kind}`;
  const users = USERS.exec(place);
  if (users) return users[1] ? `/sandbox/users/${users[1]}` : "/sandbox/users";
  return "/";
}

location.replace(pageFor(location.hash));
addEventListener("hashchange", () => location.replace(pageFor(location.hash)));
