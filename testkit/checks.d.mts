export function check(name: string, body: () => unknown): Promise<boolean>;
export function report(): void;
