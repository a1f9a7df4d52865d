/** The files that few conversations need, by their names in the build for the script tag. */
export interface ClientFiles {
  /** For BFFs that keep the conversations of signed-in visitors. */
  readonly "recall-session": typeof import("./recall-session.ts");
  /** For pages without Web Locks. */
  readonly "stored-lock": typeof import("./tabs/stored-lock.ts");
}

export type LoadClientFile = <Name extends keyof ClientFiles>(name: Name) => Promise<ClientFiles[Name]>;
