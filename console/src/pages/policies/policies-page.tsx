import './policies.css';
import { Page } from '../../components/page.tsx';
import { Segments } from '../../components/segments.tsx';
import { param, setParams } from '../../state/place.ts';
import { ExceptionsView } from './exceptions-view.tsx';
import { FileView } from './file-view.tsx';
import { ModesView } from './modes-view.tsx';

const VIEWS = [
  { value: 'file', text: 'Configuration' },
  { value: 'modes', text: 'Modes' },
  { value: 'exceptions', text: 'Exceptions' },
] as const;

export default function PoliciesPage() {
  const view = VIEWS.find(({ value }) => value === param('view'))?.value ?? 'file';
  return (
    <Page
      title="Policies"
      question="Which rules are in force, and what would others do?"
      actions={
        <Segments
          label="Part"
          value={view}
          choices={VIEWS}
          onChange={(value) =>
            setParams({ view: value === 'file' ? undefined : value, show: undefined, route: undefined })
          }
        />
      }
    >
      <View view={view} />
    </Page>
  );
}

function View({ view }: { readonly view: (typeof VIEWS)[number]['value'] }) {
  switch (view) {
    case 'file':
      return <FileView />;
    case 'modes':
      return <ModesView />;
    case 'exceptions':
      return <ExceptionsView />;
  }
}
