import './session/arrival.ts';
import { createRoot } from 'react-dom/client';
import './base.css';
import { ApiError } from './api/client.ts';
import { appearance } from './appearance.ts';
import { speak } from './language.ts';
import { watchPresence } from './session/presence.ts';
import { App } from './App.tsx';

const root = document.getElementById('root');
if (!root) throw new Error('the page has no place for the console');
watchPresence();
await speak(appearance().language);
createRoot(root, {
  // What the server refuses is shown by the page; only what nobody expected is a fault of the console.
  onCaughtError: (error) => {
    if (!(error instanceof ApiError)) reportError(error);
  },
}).render(<App />);
