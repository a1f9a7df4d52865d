import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { LOCALES, nameOfLocale } from "./locales.ts";
import { DEFAULT_ACCENT, DEFAULT_RADIUS, type Look, MAX_SUGGESTIONS } from "./look.ts";
import { SYNTAX } from "./syntax.ts";

interface LookFormProps {
  readonly look: Look;
  readonly onChange: (patch: Partial<Look>) => void;
  readonly onReset: () => void;
}

const LANGUAGES = LOCALES.map((locale) => ({ locale, name: nameOfLocale(locale) })).sort((a, b) =>
  a.name.localeCompare(b.name),
);

export function LookForm({ look, onChange, onReset }: LookFormProps) {
  const field = { look, onChange };
  const isOwn = look.launcher === "own";
  return (
    <form class="look-form" onSubmit={(event) => event.preventDefault()}>
      <fieldset>
        <legend>Texts</legend>
        <TextField {...field} name="title" label="Title" placeholder="Chat" />
        <TextField {...field} name="subtitle" label="Subtitle" hint="Instead of whether you are online" />
        <div class="field">
          <label for="locale">Language</label>
          <select
            id="locale"
            value={look.locale}
            onChange={(event) => onChange({ locale: event.currentTarget.value })}
          >
            <option value="">The page’s, else the visitor’s</option>
            {LANGUAGES.map(({ locale, name }) => (
              <option key={locale} value={locale} lang={locale}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="suggestions">Suggestions</label>
          <textarea
            id="suggestions"
            rows={3}
            aria-describedby="suggestions-hint"
            value={look.suggestions}
            onInput={(event) => onChange({ suggestions: event.currentTarget.value })}
          />
          <small id="suggestions-hint">
            First messages to send with a click: one a line, up to {MAX_SUGGESTIONS}
          </small>
        </div>
      </fieldset>
      <fieldset>
        <legend>Look</legend>
        <ColorField {...field} name="accent" label="Colour" unset={DEFAULT_ACCENT} />
        <ColorField {...field} name="header" label="Header" unset="#ffffff" />
        <Choice {...field} name="theme" label="Theme">
          {{ auto: "The visitor’s", light: "Light", dark: "Dark" }}
        </Choice>
        <Choice {...field} name="position" label="Position">
          {{ left: "Left", right: "Right" }}
        </Choice>
        <div class="field">
          <label for="radius">Corner radius</label>
          <div class="row">
            <input
              id="radius"
              type="range"
              min={0}
              max={40}
              value={look.radius || DEFAULT_RADIUS}
              aria-valuetext={`${look.radius || DEFAULT_RADIUS} pixels`}
              onInput={(event) => onChange({ radius: event.currentTarget.value })}
            />
            <output for="radius">{look.radius || DEFAULT_RADIUS} px</output>
          </div>
        </div>
        <TextField
          {...field}
          name="avatar"
          label="Picture"
          inputMode="url"
          placeholder="https://…"
          hint="For the header"
        />
      </fieldset>
      <fieldset>
        <legend>Behaviour</legend>
        <Choice {...field} name="launcher" label="Opened by">
          {{ round: "The round button", own: "Buttons of my page", none: "My code only" }}
        </Choice>
        {isOwn && (
          <TextField
            {...field}
            name="selector"
            label="Selector of the buttons"
            placeholder=".chat-button"
            error={
              look.selector.trim() === "" || SYNTAX.isSelector(look.selector.trim())
                ? null
                : "This is not a CSS selector."
            }
          />
        )}
        <TextField
          {...field}
          name="teaser"
          label="Greeting"
          hint="Beside the round button, for visitors without a conversation"
        />
        <Switch {...field} name="startOpen" label="Open with the page" />
        <Choice {...field} name="away" label="While nobody is there">
          {{ show: "Show the round button", hide: "Hide it" }}
        </Choice>
        <Switch {...field} name="formatting" label="Bold, lists and links in the owner’s messages" />
        <Switch {...field} name="sound" label="Sound for a new message" />
      </fieldset>
      <button type="button" onClick={onReset}>
        Back to the defaults
      </button>
    </form>
  );
}

type NamesOf<Type> = { [Name in keyof Look]: Look[Name] extends Type ? Name : never }[keyof Look];

interface FieldProps {
  readonly look: Look;
  readonly onChange: (patch: Partial<Look>) => void;
  readonly label: string;
}

interface TextFieldProps extends FieldProps {
  readonly name: NamesOf<string>;
  /** Which keyboard a phone shows. */
  readonly inputMode?: "url";
  readonly placeholder?: string;
  readonly hint?: string;
  readonly error?: string | null;
}

function TextField({ look, onChange, name, label, inputMode, placeholder, hint, error }: TextFieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode={inputMode}
        maxLength={300}
        autocomplete="off"
        placeholder={placeholder}
        aria-invalid={!!error}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        value={look[name]}
        onInput={(event) => onChange({ [name]: event.currentTarget.value })}
      />
      {note !== undefined && (
        <small id={`${id}-note`} class={error ? "trouble" : ""}>
          {note}
        </small>
      )}
    </div>
  );
}

interface ColorFieldProps extends FieldProps {
  readonly name: "accent" | "header";
  /** What the picker shows while the widget's own is used. */
  readonly unset: string;
}

/** A picker and a button that goes back to the widget's own colour. The accent may be written as well. */
function ColorField({ look, onChange, name, label, unset }: ColorFieldProps) {
  const id = useId();
  const value = look[name].trim();
  const isBad = value !== "" && !SYNTAX.isColor(value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="row">
        <input
          id={id}
          type="color"
          value={/^#[0-9a-f]{6}$/i.test(value) ? value : unset}
          onInput={(event) => onChange({ [name]: event.currentTarget.value })}
        />
        {name === "accent" && (
          <input
            type="text"
            maxLength={100}
            autocomplete="off"
            aria-label={`${label}, as CSS`}
            aria-invalid={isBad}
            aria-describedby={isBad ? `${id}-note` : undefined}
            placeholder={unset}
            value={look[name]}
            onInput={(event) => onChange({ [name]: event.currentTarget.value })}
          />
        )}
        {look[name] !== "" && (
          <button type="button" aria-label={`Reset: ${label}`} onClick={() => onChange({ [name]: "" })}>
            Reset
          </button>
        )}
      </div>
      {isBad && (
        <small id={`${id}-note`} class="trouble">
          This is not a CSS colour.
        </small>
      )}
    </div>
  );
}

type ChoiceName = "theme" | "position" | "launcher" | "away";

interface ChoiceProps<Name extends ChoiceName> extends FieldProps {
  readonly name: Name;
  /** Labels by value. */
  readonly children: Readonly<Record<Look[Name], string>>;
}

function Choice<Name extends ChoiceName>(props: ChoiceProps<Name>): ComponentChildren {
  const { look, onChange, name, label, children } = props;
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      {Object.entries<string>(children).map(([value, text]) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={look[name] === value}
            onChange={() => onChange({ [name]: value })}
          />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

interface SwitchProps extends FieldProps {
  readonly name: NamesOf<boolean>;
}

function Switch({ look, onChange, name, label }: SwitchProps) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        checked={look[name]}
        onChange={(event) => onChange({ [name]: event.currentTarget.checked })}
      />
      {label}
    </label>
  );
}
