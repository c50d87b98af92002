/** The gate between two doors. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#3a5bd9" />
      <path d="M9 25V13a7 7 0 0 1 14 0v12M16 25v-9" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" />
    </svg>
  );
}
