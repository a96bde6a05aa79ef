import type { FirmCommunication, FirmTask, ParticipantReference } from "../firms/firm-communications.ts";
import type { FirmRelationship } from "../firms/firm-relationships.ts";
import type { Viewer } from "../firms/viewer.ts";
import type { AnyRecord } from "../firms/visible-records.ts";
import { type Html, html } from "./html.ts";
import { recordLink, userLink } from "./record-content.ts";

/** The phone logs, tasks and relationships of a matter or contact, as this user may see them. */
export function linkedSections(it: AnyRecord, viewer: Viewer): readonly (Html | false)[] {
  if (it.kind !== "matters" && it.kind !== "contacts") return [];
  const { kind, record } = it;
  const { communications, tasks } = viewer.records;
  const isParticipant = ({ id, type }: ParticipantReference) => type === "Contact" && id === record.id;
  const phoneLogs = communications.items.filter(({ matter_id, senders, receivers }) =>
    kind === "matters" ? matter_id === record.id : [...senders, ...receivers].some(isParticipant),
  );
  const ownTasks = tasks.items.filter(
    (task) =>
      viewer.canSeeTask(task) &&
      (kind === "matters" ? task.matter_id === record.id : isParticipant(task.assignee)),
  );
  return [
    viewer.hasPermission("communications") && phoneLogs.length > 0 && phoneLogSection(phoneLogs, viewer),
    viewer.hasPermission("tasks") && ownTasks.length > 0 && taskSection(ownTasks, viewer),
    relationshipSection(it, viewer),
  ];
}

function phoneLogSection(logs: readonly FirmCommunication[], viewer: Viewer): Html {
  return html`<h2>Phone logs</h2>
      ${logs.map(
        (log) => html`<article class="card">
        <h3>${log.subject}</h3>
        <p>${log.received_at.replace("T", " ").replace("Z", " UTC")}. From ${participants(log.senders, viewer)} to ${participants(log.receivers, viewer)}.
        Matter: ${recordLink(viewer, "matters", log.matter_id)}.
        ${log.notification_event_subscribers.length > 0 && html`Notified: ${joined(log.notification_event_subscribers.map(({ user_id }) => userLink(viewer, user_id)))}.`}</p>
        <p class="text">${log.body}</p>
      </article>`,
      )}`;
}

function taskSection(tasks: readonly FirmTask[], viewer: Viewer): Html {
  return html`<h2>Tasks</h2>
      <div class="scroll"><table>
        <thead><tr><th scope="col">Task</th><th scope="col">Assigned to</th><th scope="col">Due</th><th scope="col">Status</th></tr></thead>
        <tbody>${tasks.map(
          (task) => html`
          <tr><td>${task.name}<small class="text">${task.description}</small></td><td>${participants([task.assignee], viewer)}</td><td>${task.due_at ?? "–"}</td><td>${task.status}</td></tr>`,
        )}
        </tbody>
      </table></div>`;
}

/** Relationships can be added and removed on the matter's page. */
function relationshipSection(
  { kind, record }: Extract<AnyRecord, { kind: "matters" | "contacts" }>,
  viewer: Viewer,
): Html | false {
  const { records } = viewer;
  const isMatter = kind === "matters";
  const relationships = isMatter
    ? records.relationshipsOfMatter(record.id)
    : records.relationshipsOfContact(record.id);
  if (!isMatter && relationships.length === 0) return false;
  return html`<h2>Relationships</h2>
      ${relationships.length > 0 && relationshipTable(relationships, isMatter, viewer)}
      ${
        isMatter &&
        html`<form class="edit-form card" method="post" action="/sandbox/matters/${record.id}/relationships">
        <h3>Add relationship</h3>
        <label>Contact (full name or ID) <input type="text" name="contact" autocomplete="off" required></label>
        <label>Relationship, such as Spouse <input type="text" name="description" autocomplete="off"></label>
        <p><button>Add</button></p>
      </form>`
      }`;
}

function relationshipTable(
  relationships: readonly FirmRelationship[],
  isMatter: boolean,
  viewer: Viewer,
): Html {
  return html`<div class="scroll"><table>
        <thead><tr><th scope="col">${isMatter ? "Contact" : "Matter"}</th><th scope="col">Relationship</th>${isMatter && html`<th scope="col">Remove</th>`}</tr></thead>
        <tbody>${relationships.map(
          (each) => html`
          <tr>
            <td>${isMatter ? recordLink(viewer, "contacts", each.contact_id) : recordLink(viewer, "matters", each.matter_id)}</td>
            <td>${each.description || "–"}</td>
            ${
              isMatter &&
              html`<td><form method="post" action="/sandbox/matters/${each.matter_id}/relationships/${each.id}/delete"><button class="quiet">Remove<span class="visually-hidden"> relationship ${each.id}</span></button></form></td>`
            }
          </tr>`,
        )}
        </tbody>
      </table></div>`;
}

function participants(references: readonly ParticipantReference[], viewer: Viewer): Html {
  if (references.length === 0) return html`–`;
  return joined(
    references.map(({ id, type }) =>
      type === "User" ? userLink(viewer, id) : recordLink(viewer, "contacts", id),
    ),
  );
}

function joined(items: readonly Html[]): Html {
  return html`${items.map((item, i) => html`${i > 0 && ", "}${item}`)}`;
}
