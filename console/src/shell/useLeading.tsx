import { useNavigate, type NavigateOptions } from '@tanstack/react-router';
import { App, Button } from 'antd';

/** Says what is done, and offers the way to what is mostly done next. */
export function useLeading(): (done: string, next: { readonly word: string; readonly to: NavigateOptions }) => void {
  const { message } = App.useApp();
  const navigate = useNavigate();
  return (done, { word, to }) => {
    const said = message.success({
      content: (
        <>
          {done}{' '}
          <Button
            type="link"
            size="small"
            onClick={() => {
              said();
              void navigate(to);
            }}
          >
            {word}
          </Button>
        </>
      ),
      duration: 10,
    });
  };
}
