import { type ClioRegion, REGIONS } from "../../config/regions.ts";

/** What to enter in Clio's developer portal to create the app (docs/explanation/how-clio-behaves.md, "Permissions"). */
export function formatPortalInstructions(region: ClioRegion, publicUrl: string): string {
  // Each region has its own portal next to its app: eu.app.clio.com, eu.developers.clio.com.
  const portalUrl = REGIONS[region].baseUrl.replace("app.clio.com", "developers.clio.com");
  return `
Now create the developer app in Clio. Sign in as a user of the firm at

  ${portalUrl}/apps

and add an app with any name and your website's address. Then enter:

  Redirect URI   ${publicUrl}/oauth/callback

  Permissions
    Contacts         read         to find the caller
    Matters          read         to find the caller's matters and the people on them
    Users            read         to identify connected users, and to read the phone numbers of the people on a matter
    Custom actions   read/write   to add "Find responsible staff" to the menus of Clio's records
    Webhooks         read/write   to be notified when a contact or a matter changes
    Communications   read/write   to log each call in Clio; not needed with PHONE_LOGS=off

  Permissions that only some firms need; you can also add them later
    Contacts         read/write   if users may add callers' numbers and new contacts to Clio on /calls
    Calendars        read         if entries in Clio's calendar count as absences
    Tasks            read/write   if callers' messages become tasks (MESSAGE_TASKS=true)
    Activities       read         if activities get the menu entry (CUSTOM_ACTION_RECORDS)
    Documents        read         if documents or folders get the menu entry (CUSTOM_ACTION_RECORDS)

The app's page then shows its key and its secret.
`;
}
