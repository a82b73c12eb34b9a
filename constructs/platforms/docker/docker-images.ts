import { join } from 'node:path';
import { DataDockerImage } from '@cdktf/provider-docker/lib/data-docker-image';
import { Image as DockerImage } from '@cdktf/provider-docker/lib/image';
import { AssetType, TerraformAsset, type TerraformStack } from 'cdktf';
import { imageReference } from '../../../toolchain/images/reference';
import { bundleProgram, programReference } from '../../../toolchain/programs/bundle';
import type { Image, Program } from '../../images';

/** The images of a stack, each declared once: built here, found in the engine, or pulled. */
export class DockerImages {
  private readonly programs = new Map<Program, DockerImage>();
  private readonly services = new Map<string, DataDockerImage | DockerImage>();
  private carrierImage?: DockerImage;

  constructor(private readonly stack: TerraformStack) {}

  /** Without content: containers of it are never started, they only hold the volumes that files are written to. */
  carrier(): string {
    if (!this.carrierImage) {
      const asset = new TerraformAsset(this.stack, 'carrier-context', {
        path: join(__dirname, 'carrier'),
        type: AssetType.DIRECTORY,
      });
      this.carrierImage = new DockerImage(this.stack, 'carrier-image', {
        name: `streaming-platform/carrier:${asset.assetHash.slice(0, 12).toLowerCase()}`,
        buildAttribute: { context: inStackFolder(asset.path) },
        triggers: { context: asset.assetHash },
        keepLocally: true,
      });
      this.carrierImage.overrideLogicalId('carrier');
    }
    return this.carrierImage.imageId;
  }

  /** The id of an image as the engine knows it. */
  id(image: Image): string {
    switch (image.kind) {
      case 'program':
        return this.programImage(image.program).imageId;
      case 'service': {
        const reference = imageReference(image.name);
        // A data source never pulls: where the image is missing the plan fails before anything is touched.
        return this.shared(
          reference,
          () => new DataDockerImage(this.stack, `image-${image.name}`, { name: reference }),
          image.name,
        ).id;
      }
      case 'vendor': {
        const { reference } = image;
        const id = reference.replace(/[^A-Za-z0-9]+/g, '-');
        return (
          this.shared(
            reference,
            () => new DockerImage(this.stack, `image-${id}`, { name: reference, keepLocally: true }),
            id,
          ) as DockerImage
        ).imageId;
      }
    }
  }

  private shared<T extends DataDockerImage | DockerImage>(key: string, make: () => T, logicalId: string): T {
    const existing = this.services.get(key);
    if (existing) return existing as T;
    const made = make();
    made.overrideLogicalId(logicalId);
    this.services.set(key, made);
    return made;
  }

  private programImage(program: Program): DockerImage {
    const existing = this.programs.get(program);
    if (existing) return existing;
    const bundle = bundleProgram(program);
    const asset = new TerraformAsset(this.stack, `program-${program}`, {
      path: bundle.folder,
      type: AssetType.DIRECTORY,
      assetHash: bundle.hash,
    });
    const image = new DockerImage(this.stack, `image-${program}`, {
      name: programReference(program),
      buildAttribute: { context: inStackFolder(asset.path), buildArgs: bundle.buildArgs },
      triggers: { context: bundle.hash, ...bundle.buildArgs },
      keepLocally: true,
    });
    image.overrideLogicalId(program);
    this.programs.set(program, image);
    return image;
  }
}

function inStackFolder(path: string): string {
  return `\${path.module}/${path}`;
}
