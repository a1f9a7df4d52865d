import type { DatabaseSync } from "node:sqlite";
import { hashApiKey } from "../auth/hash-api-key.ts";
import { SEED } from "../seed.ts";
import { createIntegrationStore } from "../store/integration-store.ts";
import type { IntegrationConfig } from "./models.ts";
import { SCOPES, type Scope } from "./scopes.ts";

/** A key to add to those of the seed. */
export interface ExtraKey {
  readonly key: string;
  readonly scopes: readonly Scope[];
  /** Made if it does not exist. @default the seed's project */
  readonly projectUid?: string;
}

export interface SeedOptions {
  readonly allowedOrigins: readonly string[];
  readonly domain: string | null;
  readonly extraKeys: readonly ExtraKey[];
  readonly nowMs: number;
}

/** Adds the development seed. If the data file has it already, its configuration is updated. */
export function plantSeed(database: DatabaseSync, options: SeedOptions): void {
  const store = createIntegrationStore(database);
  const { projectUid } = SEED;
  const config: IntegrationConfig = {
    welcomeMessage: SEED.welcomeMessage,
    allowedOrigins: options.allowedOrigins,
    domain: options.domain,
  };

  store.addProject(projectUid);
  const keys: readonly ExtraKey[] = [
    { key: SEED.apiKey, scopes: SCOPES },
    { key: SEED.sendOnlyKey, scopes: ["chat.send-message"] },
    { key: SEED.createOnlyKey, scopes: ["webhook.chat-integration-create"] },
    ...options.extraKeys,
  ];
  for (const { key, scopes, projectUid: owner = projectUid } of keys) {
    store.addProject(owner);
    store.putKey(hashApiKey(key), { projectUid: owner, scopes });
  }

  const base = { projectUid, presence: "auto", createdAtMs: options.nowMs, config } as const;
  if (store.findIntegration(SEED.integrationId) !== null) {
    store.setConfig(SEED.integrationId, config);
    return;
  }
  store.addIntegration({ ...base, publicId: SEED.integrationId, type: "JSBOX", name: "Website chat" });
  store.addIntegration({ ...base, publicId: SEED.formIntegrationId, type: "FORM", name: "Contact form" });
}
