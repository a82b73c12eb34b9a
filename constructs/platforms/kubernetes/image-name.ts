import { imageReference } from '../../../toolchain/images/reference';
import { programReference } from '../../../toolchain/programs/bundle';
import type { Image } from '../../images';

/** The node must have the image, or be able to pull it by this name. */
export function imageName(image: Image): string {
  switch (image.kind) {
    case 'program':
      return programReference(image.program);
    case 'service':
      return imageReference(image.name);
    case 'vendor':
      return image.reference;
  }
}
