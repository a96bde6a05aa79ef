import type { Sandbox } from "../../sandbox/sandbox.ts";

/** What a page answered. */
export interface PageAnswer {
  status: number;
  headers: Headers;
  /** Where it sends the browser; null where it does not. */
  location: string | null;
  html: string;
}

/** A browser without JavaScript, in which somebody may be signed in to the sandbox. Redirects are not followed. */
export async function browserOf(sandbox: Sandbox, userId?: number) {
  let cookie = "";

  async function visit(path: string, form?: Record<string, string>): Promise<PageAnswer> {
    const response = await fetch(new URL(path, sandbox.url), {
      method: form ? "POST" : "GET",
      body: form ? new URLSearchParams(form) : null,
      headers: { cookie },
      redirect: "manual",
    });
    const set = response.headers.getSetCookie()[0];
    if (set) cookie = set.split(";")[0] ?? "";
    const { status, headers } = response;
    return { status, headers, location: headers.get("location"), html: await response.text() };
  }

  if (userId !== undefined) await visit("/sandbox/sign-in", { user_id: String(userId) });
  return visit;
}

/** The value of an attribute as a browser reads it. */
export function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}
