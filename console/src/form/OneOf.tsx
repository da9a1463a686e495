import { Select, type SelectProps } from 'antd';
import type { Named } from '../api/types.ts';

/** One of what a list of the server has, found by typing a piece of its name. The list is whole: see `allQuery`. */
export function OneOf(
  props: Omit<SelectProps<string>, 'options' | 'showSearch' | 'loading' | 'mode'> & {
    /** Undefined: still on its way. */
    list: readonly Named[] | undefined;
    /** What stands at the end of the list for none of them; its value is the empty text. */
    none?: string;
  },
) {
  const { list, none, ...rest } = props;
  const options = (list ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Select<string>
      {...rest}
      loading={list === undefined}
      showSearch={{ optionFilterProp: 'label' }}
      options={none === undefined ? options : [...options, { value: '', label: none }]}
    />
  );
}
