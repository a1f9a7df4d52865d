import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "./migrations.ts";

/**
 * Opens the state of the sandbox and brings its schema up to date.
 *
 * @param file a path, or null to keep everything in memory
 * @throws if the file was written by a newer sandbox, or is no database
 */
export function openDatabase(file: string | null): DatabaseSync {
  const database = new DatabaseSync(file ?? ":memory:");
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA foreign_keys = ON;
      PRAGMA busy_timeout = 2000;
    `);
    migrate(database);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** Runs `work` as one transaction: all of it is kept, or none. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function migrate(database: DatabaseSync): void {
  const taken = schemaVersion(database);
  if (taken > MIGRATIONS.length) {
    throw new Error(
      `the data file has schema version ${taken}, this sandbox knows ${MIGRATIONS.length}: use a newer sandbox or another file`,
    );
  }
  for (const [step, sql] of MIGRATIONS.entries()) {
    if (step < taken) continue;
    inTransaction(database, () => {
      database.exec(sql);
      database.exec(`PRAGMA user_version = ${step + 1}`);
    });
  }
}

function schemaVersion(database: DatabaseSync): number {
  const row = database.prepare("PRAGMA user_version").get();
  return Number(row?.user_version ?? 0);
}
