import 'reflect-metadata';
import { Field, InputType, ObjectType } from 'type-graphql';

@ObjectType('TaxCode', { description: 'What a tax service calls a tax category.' })
export class TaxCode {
  @Field(() => String, { description: 'Your tax category.' })
  category!: string;

  @Field(() => String, { description: 'The code of the service, such as txcd_10103001.' })
  code!: string;
}

@InputType('TaxCodeInput', { description: 'What a tax service calls a tax category.' })
export class TaxCodeInput {
  @Field(() => String, { description: 'Your tax category.' })
  category!: string;

  @Field(() => String, { description: 'The code of the service, such as txcd_10103001.' })
  code!: string;
}
