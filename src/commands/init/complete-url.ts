/**
 * Completes an address that was typed without a scheme: `router.example.com` becomes `https://router.example.com`. Plain
 * http is for this machine only.
 */
export function completeUrl(text: string): string {
  if (text === "" || text.includes("://")) return text;
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/]|$)/i.test(text);
  return `${isLoopback ? "http" : "https"}://${text}`;
}
