/** Why the service can't listen, and which setting to change; null if the error is another one. */
export function describeListenError(
  error: unknown,
  { host, port }: { host: string; port: number },
): string | null {
  switch ((error as NodeJS.ErrnoException | null)?.code) {
    case "EADDRINUSE":
      return `Port ${port} is already in use. Stop the other program, or set PORT to another port, for example PORT=${otherPort(port)}. Is the service already running?`;
    case "EACCES":
      return `This user isn't allowed to listen on port ${port}. Set PORT to 1024 or higher, for example PORT=3000.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `This machine doesn't have the address ${host}. Set HOST to one of its addresses, or to 0.0.0.0 for all of them.`;
    default:
      return null;
  }
}

function otherPort(port: number): number {
  return port < 65_535 ? port + 1 : port - 1;
}
