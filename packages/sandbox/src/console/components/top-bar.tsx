import type { ConsoleController } from "../console-controller.ts";
import type { ConsoleState, Link } from "../console-state.ts";
import type { Presence } from "../wire.ts";
import { Logo, SoundOff, SoundOn } from "./icons.tsx";

export interface TopBarProps {
  readonly state: ConsoleState;
  readonly controller: ConsoleController;
  readonly soundOn: boolean;
  readonly onSound: (on: boolean) => void;
}

export function TopBar({ state, controller, soundOn, onSound }: TopBarProps) {
  const integration = state.integrations.find(({ id }) => id === state.integrationId);
  return (
    <header class="top-bar">
      <div class="brand">
        <Logo />
        <p class="brand-name">
          Mailoo <span class="brand-tag">Sandbox</span>
        </p>
      </div>
      <label class="picker">
        <span class="picker-label">Integration</span>
        <select
          value={state.integrationId ?? ""}
          onFocus={() => controller.refreshIntegrations()}
          onChange={(event) => controller.chooseIntegration(event.currentTarget.value)}
        >
          {state.integrations.map(({ id, name, projectUid, unreadCount }) => (
            <option key={id} value={id} title={`${projectUid} / ${id}`}>
              {unreadCount === 0 || id === state.integrationId ? name : `${name} (${unreadCount} unread)`}
            </option>
          ))}
        </select>
      </label>
      <LinkStatus link={state.link} />
      <label class="picker presence" data-presence={integration?.presence ?? "auto"}>
        <span class="picker-label">Presence</span>
        <select
          value={integration?.presence ?? "auto"}
          onChange={(event) => controller.setPresence(event.currentTarget.value as Presence)}
        >
          <option value="auto">Online while I am here</option>
          <option value="online">Always online</option>
          <option value="away">Away</option>
        </select>
      </label>
      <button
        type="button"
        class="icon-button"
        aria-pressed={soundOn}
        aria-label="Sound"
        title={soundOn ? "Sound is on" : "Sound is off"}
        onClick={() => onSound(!soundOn)}
      >
        {soundOn ? <SoundOn /> : <SoundOff />}
      </button>
    </header>
  );
}

const LINK_TEXT: Readonly<Record<Link, string>> = {
  connecting: "Connecting",
  live: "Live",
  lost: "Reconnecting",
};

function LinkStatus({ link }: { readonly link: Link }) {
  return (
    <p class="link" role="status" data-link={link}>
      {LINK_TEXT[link]}
    </p>
  );
}
