import { useState } from "preact/hooks";

interface ChatServerFormProps {
  /** Rejects if the sandbox does not take it. */
  readonly onUrl: (url: string) => Promise<void>;
}

/** Asks for the chat server, if the sandbox was started without its address. */
export function ChatServerForm({ onUrl }: ChatServerFormProps) {
  const [url, setUrl] = useState("http://localhost:8787");
  const [isRefused, setIsRefused] = useState(false);
  return (
    <main class="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setIsRefused(false);
          onUrl(url.trim()).catch(() => setIsRefused(true));
        }}
      >
        <h1>Configure the widget</h1>
        <p>
          The preview loads the widget from your chat server. It must list <code>{location.origin}</code> in{" "}
          <code>MAILOO_CHAT_ALLOWED_ORIGINS</code>.
        </p>
        <label>
          Address of the chat server
          <input
            type="url"
            required
            aria-invalid={isRefused}
            aria-describedby={isRefused ? "refused" : undefined}
            value={url}
            onInput={(event) => setUrl(event.currentTarget.value)}
          />
        </label>
        {isRefused && (
          <p id="refused" class="trouble" role="alert">
            This is not the address of a server: write it like <code>https://chat.example.com</code>.
          </p>
        )}
        <button type="submit" class="primary">
          Show the widget
        </button>
      </form>
    </main>
  );
}
