import { exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { type Firm, matter, person } from "../../../sandbox/firms/firm.ts";

/** Three pages of matters in Clio, all of them Felix Dubinsky's. */
export function largeFirm(): Firm {
  const client = person(1, "Paula Client");
  const matters = Array.from({ length: 450 }, (_, i) =>
    matter(1000 + i, i + 1, client, `Matter ${i}`, { responsible_staff_id: 350 }),
  );
  return { ...exampleFirm(), contacts: [client], matters };
}
