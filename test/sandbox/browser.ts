import type { Sandbox } from "../../sandbox/sandbox.ts";

/** A page's response. */
export interface PageResponse {
  status: number;
  headers: Headers;
  /** The redirect; null without one. */
  location: string | null;
  html: string;
}

/** A browser without JavaScript, optionally signed in to the sandbox. It doesn't follow redirects. */
export async function browserOf(sandbox: Sandbox, userId?: number) {
  let cookie = "";

  async function visit(path: string, form?: Record<string, string>): Promise<PageResponse> {
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

/** Decodes the numeric entities in a page. */
export function unescapeHtml(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}
